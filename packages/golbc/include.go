package golbc

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// IncludeDir is the folder of lbc.h, for clang's -I: the include folder of this module's source. A program built with
// -trimpath, or run on another machine, has no such folder any more; there
// `go list -m -f '{{.Dir}}/include' github.com/lbc-dev/lbc/packages/golbc` tells it.
func IncludeDir() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return "", errors.New("golbc: the source path was stripped from this build")
	}
	folder := filepath.Join(filepath.Dir(file), "include")
	if _, err := os.Stat(filepath.Join(folder, "lbc.h")); err != nil {
		return "", err
	}
	return folder, nil
}
