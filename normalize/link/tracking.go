package link

import "strings"

// tracking lists query parameters that say where a visitor came from, never what is shown. A parameter that may
// identify a page somewhere ("ref", "id", "p", "source") is not in it: that is for the source's keep_params to say.
var tracking = map[string]bool{
	"fbclid": true, "gclid": true, "gclsrc": true, "dclid": true, "gbraid": true, "wbraid": true, "msclkid": true,
	"yclid": true, "ysclid": true, "twclid": true, "ttclid": true, "li_fat_id": true, "igshid": true, "igsh": true,
	"mc_cid": true, "mc_eid": true, "mkt_tok": true, "_hsenc": true, "_hsmi": true, "__hssc": true, "__hstc": true,
	"__hsfp": true, "hsctatracking": true, "vero_id": true, "vero_conv": true, "oly_anon_id": true, "oly_enc_id": true,
	"_openstat": true, "rb_clickid": true, "s_cid": true, "srsltid": true, "epik": true, "irclickid": true,
	"wickedid": true, "zanpid": true, "_ga": true, "_gl": true, "_gid": true, "ml_subscriber": true,
	"ml_subscriber_hash": true, "ref_src": true, "ref_url": true, "fb_action_ids": true, "fb_action_types": true,
	"fb_source": true, "fb_ref": true, "action_object_map": true, "action_type_map": true, "action_ref_map": true,
	"campaign_id": true, "wt_mc": true, "wt.mc_id": true, "wtmc": true, "xtor": true, "at_medium": true,
	"at_campaign": true, "at_custom1": true, "at_custom2": true, "cmpid": true, "ncid": true, "sc_cid": true,
	"guccounter": true, "guce_referrer": true, "guce_referrer_sig": true, "spm": true, "scm": true,
	"phpsessid": true, "jsessionid": true, "aspsessionid": true, "sessionid": true, "cfid": true, "cftoken": true,
	"mibextid": true, "sfmc_id": true, "elqtrackid": true, "elqtrack": true, "elqaid": true, "elqat": true,
	"trk": true, "trkcampaign": true, "trackingid": true, "linkid_tracking": true, "_branch_match_id": true,
	"_bta_tid": true, "_bta_c": true, "dm_i": true, "nr_email_referer": true, "pk_vid": true, "gad_source": true,
	"gad_campaignid": true, "hss_channel": true, "cm_mmc": true, "c_id": true, "echobox": true,
}

// prefixes begin the names of whole families of such parameters.
var prefixes = []string{"utm_", "utm-", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "stm_", "ga_", "itm_", "oly_", "vero_", "elq", "aspsessionid"}

// Tracking reports whether the query parameter of that name, lower case, only says where a visitor came from.
func Tracking(name string) bool {
	if tracking[name] {
		return true
	}
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
