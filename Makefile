.PHONY: build test long lint bench golden ci

# Packages whose tests rewrite their goldens.
golden = $(shell grep -rl --include='*_test.go' '"update"' . | xargs -n1 dirname | sort -u)

build: ; go build -o mpsim ./cmd/mpsim
test: ; go test ./...
long: ; MPSIM_LONG=1 go test -count=1 -timeout 30m ./...
lint: ; test -z "$$(gofmt -l . | tee /dev/stderr)" && go vet ./... && golangci-lint run
bench: ; go test -run '^$$' -bench . -benchmem ./...
golden: ; go test $(golden) -update
ci: ; bash .ci/run
