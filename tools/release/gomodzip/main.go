// Command gomodzip packs a folder as the Go module proxy serves it, so that a module can be tried before it is released.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

func main() {
	if len(os.Args) != 5 {
		log.Fatal("usage: gomodzip PROXY MODULE VERSION FOLDER")
	}
	if err := pack(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		log.Fatal(err)
	}
}

// pack writes PROXY/MODULE/@v/VERSION.{info,mod,zip} and list.
func pack(proxy, path, version, folder string) error {
	escaped, err := module.EscapePath(path)
	if err != nil {
		return err
	}
	out := filepath.Join(proxy, escaped, "@v")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	archive, err := os.Create(filepath.Join(out, version+".zip"))
	if err != nil {
		return err
	}
	defer archive.Close()
	if err := zip.CreateFromDir(archive, module.Version{Path: path, Version: version}, folder); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return err
	}
	info := fmt.Sprintf("{\"Version\":%q}\n", version)
	for name, text := range map[string]string{version + ".mod": string(mod), version + ".info": info, "list": version + "\n"} {
		if err := os.WriteFile(filepath.Join(out, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return archive.Close()
}
