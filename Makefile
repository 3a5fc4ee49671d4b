.PHONY: build test long lint bench golden fuzz pgo ci

# Packages whose tests rewrite their goldens.
golden = $(shell grep -rl --include='*_test.go' '"update"' . | xargs -n1 dirname | sort -u)

build: ; CGO_ENABLED=0 go build -o mpsim ./cmd/mpsim
test: ; go test ./...
long: ; MPSIM_LONG=1 go test -count=1 -timeout 30m ./...
lint: ; test -z "$$(gofmt -l . | tee /dev/stderr)" && go vet ./... && golangci-lint run
bench: ; go test -run '^$$' -bench . -benchmem ./...
golden: ; go test $(golden) -update
# How long each target is fuzzed.
FUZZTIME ?= 30s
fuzz:
	@grep -rho '^func Fuzz[A-Za-z]*' --include='*_test.go' --with-filename . | sed 's,/[^/]*_test.go:func , ,' | while read -r pkg name; do \
		echo "$$pkg $$name"; go test $$pkg -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x || exit 1; done
ci: ; bash .ci/run

# The profile by which the compiler lays out the command: of the workloads that are compared with other simulators.
pgo:
	go test -trimpath -run '^$$' -bench 'Workload/(two-path|torus|twopath-60s|dumbbell-10$$)' -benchtime 8s -cpuprofile cpu.pprof -o experiment.test ./experiment
	go run ./internal/pgo <cpu.pprof >default.pgo
	mv default.pgo cmd/mpsim/default.pgo && rm cpu.pprof experiment.test
