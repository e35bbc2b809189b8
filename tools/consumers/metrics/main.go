// What promtool check metrics says of a file of --metrics (formats/output.md O-12): its linter.
// usage: metrics FILE.prom...   Status 1: it has something to say.
package main

import (
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

func main() {
	n := 0
	for _, name := range os.Args[1:] {
		f, err := os.Open(name)
		if err != nil {
			fmt.Println(err)
			os.Exit(2)
		}
		problems, err := promlint.New(f).Lint()
		if err != nil {
			fmt.Println(name+":", err)
			n++
		}
		for _, p := range problems {
			fmt.Printf("%s: %s: %s\n", name, p.Metric, p.Text)
			n++
		}
	}
	fmt.Println(len(os.Args)-1, "files,", n, "problems")
	if n > 0 {
		os.Exit(1)
	}
}
