// The real kind, from its module, for tests that give it a stand-in for Docker.
package main

import "sigs.k8s.io/kind/cmd/kind/app"

func main() {
	app.Main()
}
