package inventory

import "strings"

// zoneAreas are the first parts of the names in the IANA database, as its
// directories are called where it is installed.
var zoneAreas = wordSet(`Africa America Antarctica Arctic Asia Atlantic Australia Brazil Canada Chile Etc Europe Indian
	Mexico Pacific US posix right SystemV`)

// zoneNames are its names of one part.
var zoneNames = wordSet(`CET CST6CDT Cuba EET EST EST5EDT Egypt Eire Factory GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST
	Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal
	ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu localtime posixrules`)

// WrongTimeZone says whether a name is surely none of the IANA database: it has
// one part and is not among the few of those (PST, UTC+2), or its area does not
// exist (europe/berlin: names are case-sensitive). Places within an area are not
// looked up: the database grows, and a check reads no files.
func WrongTimeZone(name string) bool {
	area, place, parts := strings.Cut(name, "/")
	if !parts {
		return !zoneNames[area]
	}
	return !zoneAreas[area] || place == "" || strings.ContainsAny(name, " \t")
}
