package golbc

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheIncludeFolderIsBesideTheSource(t *testing.T) {
	folder, err := IncludeDir()
	here, _ := os.Getwd()
	want := filepath.Join(here, "include")
	if _, missing := os.Stat(filepath.Join(want, "lbc.h")); missing != nil {
		if err == nil {
			t.Errorf("got %s, which has no lbc.h", folder)
		}
		return
	}
	if err != nil || folder != want {
		t.Errorf("got %s, %v", folder, err)
	}
}
