# make            build the plugin into bin/
# make dcgm       build its helper that reads GPUs from NVIDIA's DCGM (Linux, a C compiler)
# make unit       the fast tests (under a minute): no cluster
# make test       everything, on a real control plane of its own (Linux; the first run builds it)
# make proofs     every proof of testdata/proofs, on all its versions; writes results.json (ID=… for one)
# make lint       go vet, staticcheck, gofumpt, actionlint
# make golden     rewrite goldens, transcripts, the schema and checks/README.md
# make rule ID=…  one check on its fixture
# make mutate     break every check, one condition at a time: the fixtures must notice (ID=… for one)
# make bench      budgets, measured beside the peers
# make cluster    a control plane to try things on; make cluster-down ends it

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     = mvdan.cc/gofumpt@v0.12.0
ACTIONLINT  = github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
MODULES     = . testdata/cluster testdata/cluster/double testdata/bench testdata/mutate
BUILD       = CGO_ENABLED=0 go build -trimpath -ldflags "-s -w"

.PHONY: build dcgm unit test proofs lint golden rule mutate bench cluster cluster-down

build:
	$(BUILD) -o bin/kubectl-infscale ./cmd/kubectl-infscale

dcgm:
	CGO_ENABLED=1 go build -trimpath -ldflags "-s -w" -o bin/infscale-dcgm ./cmd/infscale-dcgm

unit:
	go test -short ./...

test:
	for module in $(MODULES); do (cd $$module && go test -timeout 60m $$(go list ./... | grep -v '/krew$$')) || exit 1; done
	go test -timeout 60m ./krew # by itself: it keeps the machine busy for minutes
	go run -C testdata/mutate .

proofs:
	INFSCALE_PROOFS=$(or $(ID),all) go test ./plugin -run '^TestProofs$$' -timeout 90m -v -update

lint:
	for module in $(MODULES); do (cd $$module && go vet ./... && go run $(STATICCHECK) ./...) || exit 1; done
	go run $(ACTIONLINT) .github/workflows/*.yaml krew/github-actions.yaml
	unformatted=$$(go run $(GOFUMPT) -l cmd plugin tui checks krew testdata); \
	if [ -n "$$unformatted" ]; then echo "gofumpt would change:"; echo "$$unformatted"; exit 1; fi

golden:
	go test -short ./plugin ./plugin/render ./tui -update

rule:
	go test ./checks/rules -run 'TestRules/^$(ID)$$' -v

mutate:
	go run -C testdata/mutate . $(ID)

bench: build
	cd testdata/bench && go run . run --bin $(CURDIR)/bin/kubectl-infscale

cluster:
	go run -C testdata/cluster . up

cluster-down:
	go run -C testdata/cluster . down
