package stoa

// Country is what lists of the United Nations and of ITU say of a country or territory.
type Country struct {
	Code      string `json:"code"`                // ISO 3166-1 alpha-2
	M49       int    `json:"m49,omitempty"`       // the United Nations' numeric code
	Subregion int    `json:"subregion,omitempty"` // M49 of the subregion it lies in: 14 is Eastern Africa
	Region    Region `json:"region"`              // ITU's
	LDC       bool   `json:"ldc,omitempty"`       // least developed
	LLDC      bool   `json:"lldc,omitempty"`      // landlocked developing
	SIDS      bool   `json:"sids,omitempty"`      // small island developing state
}
