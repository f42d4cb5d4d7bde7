module github.com/infscale/kubectl-infscale/testdata/cluster/krew

go 1.26.0

require (
	github.com/fatih/color v1.15.0
	github.com/google/go-cmp v0.5.9
	github.com/mattn/go-isatty v0.0.19
	github.com/pkg/errors v0.9.1
	github.com/sahilm/fuzzy v0.1.0
	github.com/spf13/cobra v1.7.0
	github.com/spf13/pflag v1.0.5
	k8s.io/apimachinery v0.27.3
	k8s.io/client-go v11.0.0+incompatible
	k8s.io/klog/v2 v2.100.1
	sigs.k8s.io/yaml v1.3.0
)

require (
	github.com/go-logr/logr v1.2.4 // indirect
	github.com/gogo/protobuf v1.3.2 // indirect
	github.com/google/gofuzz v1.2.0 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/json-iterator/go v1.1.12 // indirect
	github.com/kylelemons/godebug v1.1.0 // indirect
	github.com/mattn/go-colorable v0.1.13 // indirect
	github.com/modern-go/concurrent v0.0.0-20180306012644-bacd9c7ef1dd // indirect
	github.com/modern-go/reflect2 v1.0.2 // indirect
	golang.org/x/net v0.12.0 // indirect
	golang.org/x/sys v0.10.0 // indirect
	golang.org/x/text v0.11.0 // indirect
	gopkg.in/inf.v0 v0.9.1 // indirect
	gopkg.in/yaml.v2 v2.4.0 // indirect
	k8s.io/utils v0.0.0-20230711102312-30195339c3c7 // indirect
	sigs.k8s.io/json v0.0.0-20221116044647-bc3834ca7abd // indirect
	sigs.k8s.io/krew v0.4.4
	sigs.k8s.io/structured-merge-diff/v4 v4.3.0 // indirect
)

tool (
	sigs.k8s.io/krew/cmd/krew
	sigs.k8s.io/krew/cmd/validate-krew-manifest
)
