// Package promql answers questions about a PromQL query that an autoscaler
// asks: does its result grow with the fleet or not ([Query.Shape]), is it one
// series or several ([Query.Series]), how large can it get ([Query.Bound]),
// which series does it read ([Query.Uses]) and whose are they
// ([Selector.Reach]).
//
// Every answer follows from the parsed expression and the table of known
// series in package inventory. Where neither proves anything the answer is
// unknown: a recording rule hides how it was aggregated, and a series that the
// table does not hold may be anything. The package is pure and evaluates
// nothing.
package promql
