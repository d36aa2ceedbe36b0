// Command kubectl is a program by itself, as learners start it again and again: each start of one that has the control
// plane's packages as well would take twice as long.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"

	_ "haechi/control-plane/kubectl/translations"
)

func main() {
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err) // Prints it, and exits with the code that it has.
		os.Exit(1)
	}
}
