package decode

import "maps"

// The vocabularies, by canonical name. What gofeed has no field for goes under "x:", where it keeps everything as an
// extension; dates do too, since gofeed takes zone names that it does not know for UTC and we read them ourselves.

// commonRules are of the modules that items and channels of every format share.
var commonRules = map[string]feedRule{
	"dc:title":            {kind: asMarkup},
	"dc:description":      {kind: asMarkup},
	"dc:creator":          {kind: asPerson},
	"dc:author":           {kind: asPerson, as: "dc:creator"},
	"dc:contributor":      {kind: asPerson},
	"dc:publisher":        {kind: asText},
	"dc:date":             {kind: asText},
	"dc:subject":          {kind: asText},
	"dc:language":         {kind: asText},
	"dc:identifier":       {kind: asText},
	"dc:type":             {kind: asText},
	"dc:coverage":         {kind: asText},
	"dcterms:title":       {kind: asMarkup, as: "dc:title"},
	"dcterms:abstract":    {kind: asMarkup, as: "dc:description"},
	"dcterms:creator":     {kind: asPerson, as: "dc:creator"},
	"dcterms:subject":     {kind: asText, as: "dc:subject"},
	"dcterms:language":    {kind: asText, as: "dc:language"},
	"dcterms:date":        {kind: asText, as: "dc:date"},
	"dcterms:issued":      {kind: asText},
	"dcterms:available":   {kind: asText},
	"dcterms:created":     {kind: asText},
	"dcterms:modified":    {kind: asText},
	"dcterms:spatial":     {kind: asText},
	"dcterms:audience":    {kind: asText},
	"content:encoded":     {kind: asMarkup, native: true},
	"itunes:title":        {kind: asMarkup},
	"itunes:summary":      {kind: asMarkup},
	"itunes:subtitle":     {kind: asMarkup},
	"itunes:author":       {kind: asPerson},
	"itunes:keywords":     {kind: asText},
	"itunes:category":     {kind: asBeside, attrs: " text "},
	"media:group":         {kind: asBeside},
	"media:content":       {kind: asBeside, attrs: " url type filesize medium "},
	"media:title":         {kind: asMarkup},
	"media:description":   {kind: asMarkup},
	"media:keywords":      {kind: asText},
	"media:category":      {kind: asText},
	"ev:startdate":        {kind: asText},
	"ev:enddate":          {kind: asText},
	"ev:location":         {kind: asText},
	"ev:organizer":        {kind: asText},
	"ev:type":             {kind: asText},
	"xcal:dtstart":        {kind: asText, as: "ev:startdate"},
	"xcal:dtend":          {kind: asText, as: "ev:enddate"},
	"xcal:location":       {kind: asText, as: "ev:location"},
	"prism:doi":           {kind: asText},
	"xhtml:body":          {kind: asMarkup},
	"xhtml:div":           {kind: asMarkup, as: "xhtml:body"},
	"feedburner:origlink": {kind: asText, address: true},
	"language":            {kind: asText, as: "x:language"},
	"published":           {kind: asText, as: "x:published"},
	"issued":              {kind: asText, as: "x:published"},
	"pubdate":             {kind: asText, as: "x:published"},
	"created":             {kind: asText, as: "x:created"},
	"updated":             {kind: asText, as: "x:updated"},
	"modified":            {kind: asText, as: "x:updated"},
	"lastbuilddate":       {kind: asText, as: "x:updated"},
}

// rssRules are of an item of RSS, RDF or CDF.
var rssRules = with(commonRules, map[string]feedRule{
	"title":          {kind: asMarkup, native: true},
	"description":    {kind: asMarkup, native: true},
	"link":           {kind: asText, address: true, attrs: " href rel rdf:resource ", as: "x:link"},
	"guid":           {kind: asText, attrs: " ispermalink ", native: true},
	"id":             {kind: asText, as: "x:id"},
	"author":         {kind: asPerson, native: true},
	"managingeditor": {kind: asPerson, as: "x:author"},
	"category":       {kind: asText},
	"comments":       {kind: asText, native: true},
	"keywords":       {kind: asText, as: "itunes:keywords"},
	"enclosure":      {kind: asText, attrs: " url href type length "},
	"abstract":       {kind: asMarkup, as: "x:summary"},
	"summary":        {kind: asMarkup, as: "description", native: true}, // whichever comes first; the other is the longer one
	"content":        {kind: asMarkup, as: "x:content"},
	"encoded":        {kind: asMarkup, as: "x:content"},
	"fullitem":       {kind: asMarkup, as: "x:content"},
	"body":           {kind: asMarkup, as: "x:content"},
	"producturl":     {kind: asText, address: true, as: "x:link"},
	"date":           {kind: asText, as: "dc:date"},
	"rdf:li":         {},

	"atom:title":     {kind: asMarkup},
	"atom:id":        {kind: asText},
	"atom:link":      {kind: asText, address: true, attrs: " href rel type length "},
	"atom:summary":   {kind: asMarkup, as: "x:summary"},
	"atom:content":   {kind: asMarkup, as: "x:content", attrs: " src "},
	"atom:author":    {kind: asPerson},
	"atom:category":  {kind: asText, attrs: " term "},
	"atom:published": {kind: asText, as: "x:published"},
	"atom:issued":    {kind: asText, as: "x:published"},
	"atom:updated":   {kind: asText, as: "x:updated"},
	"atom:modified":  {kind: asText, as: "x:updated"},
})

// atomRules are of an Atom entry.
var atomRules = with(commonRules, map[string]feedRule{
	"title":    {kind: asMarkup, native: true},
	"id":       {kind: asText, as: "x:id"},
	"summary":  {kind: asMarkup, native: true},
	"content":  {kind: asMarkup, native: true, attrs: " src type "},
	"link":     {kind: asText, address: true, attrs: " href rel type length hreflang "},
	"author":   {kind: asNested},
	"category": {kind: asText, attrs: " term label "},
	"source":   {kind: asNested},
	"body":     {kind: asMarkup, as: "x:content"},
})

// nestedRules are of what Atom nests: persons, and the source that an entry was copied from.
var nestedRules = map[string]feedRule{
	"name":   {kind: asText, native: true},
	"email":  {kind: asText, native: true},
	"author": {kind: asNested},
}

// channelRules are of what a feed says of itself. Channel and feed are transparent: items are cut out before.
var channelRules = with(rssRules, map[string]feedRule{
	"rss": {kind: asBeside}, "rdf:rdf": {kind: asBeside}, "rdf": {kind: asBeside},
	"channel": {kind: asBeside}, "items": {kind: asBeside},
	"ttl":                        {kind: asText, as: "x:ttl"},
	"sy:updateperiod":            {kind: asText},
	"sy:updatefrequency":         {kind: asText},
	"tagline":                    {kind: asMarkup, as: "x:summary"},
	"subtitle":                   {kind: asMarkup, as: "x:summary"},
	"info":                       {kind: asMarkup, as: "x:info"},
	"feedburner:browserfriendly": {kind: asMarkup, as: "x:info"},
})

// feedRules are channelRules for Atom.
var feedRules = with(atomRules, map[string]feedRule{
	"feed": {kind: asBeside}, "entry": {kind: asBeside},
	"sy:updateperiod":            {kind: asText},
	"sy:updatefrequency":         {kind: asText},
	"tagline":                    {kind: asMarkup, as: "x:summary"},
	"subtitle":                   {kind: asMarkup, as: "x:summary"},
	"info":                       {kind: asMarkup, as: "x:info"},
	"feedburner:browserfriendly": {kind: asMarkup, as: "x:info"},
})

// with returns rules with further ones.
func with(rules, further map[string]feedRule) map[string]feedRule {
	all := maps.Clone(rules)
	maps.Copy(all, further)
	return all
}
