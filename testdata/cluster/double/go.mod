module github.com/infscale/kubectl-infscale/testdata/cluster/double

go 1.26.0
