import { copyFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";
import { root } from "../../paths.ts";
import { assign, type Check } from "./unit.ts";

/** gofmt, and go vet (which compiles), on one module that holds every package. */
export const checkGo: Check = async (units, folder) => {
  const golbc = join(root, "packages/golbc");
  await copyFile(join(golbc, "go.mod"), join(folder, "go.mod"));
  await copyFile(join(golbc, "go.sum"), join(folder, "go.sum"));
  const module = "github.com/lbc-dev/lbc/packages/golbc";
  const edits = ["-module=corpus", `-require=${module}@v0.0.0`, `-replace=${module}=${relative(folder, golbc)}`];
  await execa("go", ["mod", "edit", ...edits], { cwd: folder });
  await writeFile(join(folder, "doc.go"), "// Package corpus holds the SDKs that are checked.\npackage corpus\n");
  const formatted = await execa("gofmt", ["-l", "."], { cwd: folder, reject: false });
  const vetted = await execa("go", ["vet", "-mod=mod", "./..."], { cwd: folder, reject: false, all: true });
  const unformatted = assign(units, formatted.stdout, formatted.stdout !== "" || formatted.exitCode !== 0);
  return new Map([...unformatted, ...assign(units, vetted.all, vetted.exitCode !== 0)]);
};
