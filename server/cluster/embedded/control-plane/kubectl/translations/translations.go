// Package translations has kubectl load its translations only where the locale has some. By default it packs and parses those
// for English, which say what the code says: two fifths of the time that a kubectl takes to start.
//
// kubectl must be told before anything of it has words, which is while its packages are initialised. Go initialises packages
// in the order of their import paths once what they import is, so that this one, below haechi/, precedes those that have
// words, below k8s.io/.
package translations

import (
	"os"
	"strings"

	"k8s.io/kubectl/pkg/util/i18n"
)

func init() {
	if err := i18n.SetLoadTranslationsFunc(load); err != nil {
		panic(err)
	}
}

func load() error {
	switch language() {
	case "", "C", "POSIX":
		return nil
	}
	return i18n.LoadTranslations("kubectl", nil)
}

// language is that of the locale's messages: ko_KR in ko_KR.UTF-8.
func language() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := os.Getenv(name); locale != "" {
			before, _, _ := strings.Cut(locale, ".")
			return before
		}
	}
	return ""
}
