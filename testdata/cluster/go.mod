module github.com/infscale/kubectl-infscale/testdata/cluster

go 1.26.0
