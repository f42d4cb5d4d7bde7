// Package fix carries out the fixes that checks offer: on a cluster, and in
// files.
//
// On a cluster a fix goes through plain functions, which the verb `fix` and the
// live view share:
//
//	changes, refused := fix.Plan(report.Findings, chosen)  // merged by object
//	preview, err := fixer.Preview(ctx, changes[0])         // nothing is written
//	entry, err := fixer.Apply(ctx, preview)                // journalled, can be undone
//	entry, err = fixer.Undo(ctx, "")                       // the last one that was applied
//
// [Plan] takes findings of one report and gives one [Change] for each object;
// what must not be applied comes back as [Refusal], each with its reason.
// [Fixer.Preview] reads the object, refuses what is not as it was judged
// (*[Stale]: load again), asks the API server for a dry run and returns the
// diff, the warnings, what is taken over from people's tools, or why nothing
// will be written and the patch for the owner instead ([Preview].Refusal and
// [Preview].Handover). [Fixer.Apply] writes it, if the object is still the one
// that was previewed; its error is a *[Refused] where the answer was no.
// [Fixer.Undo] restores the former values, unless somebody changed them since.
//
// Whether the finding is gone is for the caller to see: load again and run the
// check again.
//
// Every write is announced in the journal before and noted after, so that a
// process that is killed between any two steps leaves a journal that the next
// one can bring into agreement with the cluster: [Fixer.Reconcile].
//
// In files fixes go in rounds, because what one of them writes may be what another
// one judges by:
//
//	var files fix.Files
//	fixed, refused := files.Edit(findings) // in memory; judge files.Texts() again
//	err := fix.Write(ctx, files.Changed()) // each file is whole at any moment
//
// [EditText] is the heart of it: it changes fields at their places and leaves
// every other byte. [Scaffold] writes the whole stack of one workload.
//
// A [Cluster] is a struct of functions: [NewCluster] makes them of a
// rest.Config, [InMemory] of objects that somebody else holds, such as a
// simulator; the journal of one that does not last is a temporary directory.
package fix
