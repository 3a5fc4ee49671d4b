.PHONY: build test long lint bench golden ci

build: ; go build -o mpsim ./cmd/mpsim
test: ; go test ./...
long: ; go test ./... -long
lint: ; gofmt -l . && go vet ./... && golangci-lint run
bench: ; go test -run '^$$' -bench . -benchmem ./...
golden: ; go test ./... -update
ci: ; bash .ci/run
