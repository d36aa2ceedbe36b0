package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// collectAsTold reads lines of the form GOGC=200 and collects garbage accordingly, until the input ends. From then on it
// is done as at the start, so that whoever asked for memory to be spent on speed can't leave it so by dying.
func collectAsTold(input io.Reader) {
	usual := debug.SetGCPercent(100)
	debug.SetGCPercent(usual)
	defer debug.SetGCPercent(usual)
	for lines := bufio.NewScanner(input); lines.Scan(); {
		value, found := strings.CutPrefix(lines.Text(), "GOGC=")
		percent, err := strconv.Atoi(value)
		if !found || err != nil || percent <= 0 {
			fmt.Fprintf(os.Stderr, "standard input says %q; it may say GOGC= and a percentage\n", lines.Text())
			continue
		}
		debug.SetGCPercent(percent)
	}
}
