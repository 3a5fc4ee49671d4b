package experiment_test

import (
	"context"
	"fmt"

	"mpsim/experiment"
	"mpsim/scenarios"
)

// A scenario is parsed, run, and judged by the summary of the result.
func ExampleRun() {
	s, err := scenarios.Parse("file.toml", []byte(`
duration = "10s"
[topology]
kind = "two-path"
rate = ["20Mbps", "10Mbps"]
delay = ["10ms", "30ms"]
[[flow]]
name = "download"
from = "server"
to = "client"
client = "client"
workload = { kind = "file", size = "1MB" }
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := experiment.Run(context.Background(), s, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	f := res.Flows[0]
	fmt.Printf("%s: %d transfer of %d bytes over %d subflows\n", f.Name, f.Transfers.Count, f.Received, len(f.Subflows))
	for _, m := range res.Metrics() {
		if m.Of == "flow" && m.Name == "download" && m.What == "fct-mean" {
			fmt.Println("done within a second:", m.Value < 1)
		}
	}
	// Output:
	// download: 1 transfer of 1000000 bytes over 2 subflows
	// done within a second: true
}
