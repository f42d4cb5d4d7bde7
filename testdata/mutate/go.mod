module github.com/infscale/kubectl-infscale/testdata/mutate

go 1.26.0
