package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mpsim/experiment/prediction"
	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// fluidOptions are the options of the command fluid.
type fluidOptions struct {
	overrides
	asJSON bool
	ode    bool
}

func fluidCommand() *cobra.Command {
	var o fluidOptions
	c := &cobra.Command{
		Use:   "fluid SCENARIO",
		Short: "Predict what a scenario settles at, without a run",
		Long: "Fluid solves the fluid model of a scenario, a file or the name of one that comes with mpsim:\n" +
			"windows that are real numbers, losses that are rates, congestion avoidance alone. It prints the\n" +
			"rates that flows settle at, the loss and the queue of each link, and what the model leaves out.",
		Example:           "  mpsim fluid two-path\n  mpsim fluid two-path --set flow.bulk.cc=olia --json\n  mpsim fluid two-path --ode",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeScenario,
		RunE:              func(c *cobra.Command, names []string) error { return o.run(c, names[0]) },
	}
	o.register(c)
	c.Flags().BoolVar(&o.asJSON, "json", false, "print JSON instead of a table")
	c.Flags().BoolVar(&o.ode, "ode", false, "print the windows over time, from the differential equations, as CSV,\nor as JSON with --json")
	return c
}

func (o *fluidOptions) run(c *cobra.Command, name string) error {
	s, err := o.load(c, name)
	if err != nil {
		return err
	}
	if o.ode {
		return o.trajectory(c, s)
	}
	p, err := await(c.Context(), func() (*record.Prediction, error) { return prediction.Predict(s) })
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	if o.asJSON {
		return record.EncodeJSON(c.OutOrStdout(), struct {
			Schema int `json:"schema"`
			record.Prediction
		}{schema, *p})
	}
	return record.FluidTable(c.OutOrStdout(), p)
}

// trajectory prints windows over time.
func (o *fluidOptions) trajectory(c *cobra.Command, s *scenarios.Scenario) error {
	series, err := await(c.Context(), func() ([]record.Series, error) { return prediction.Trajectory(s) })
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	if o.asJSON {
		return record.EncodeJSON(c.OutOrStdout(), struct {
			Schema int             `json:"schema"`
			Series []record.Series `json:"series"`
		}{schema, series})
	}
	_, err = c.OutOrStdout().Write(record.SeriesCSV(series))
	return err
}
