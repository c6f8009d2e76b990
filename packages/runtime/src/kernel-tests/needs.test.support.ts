import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixtureBytes } from "./fixtures.test.support.ts";

/**
 * Why programs that the kernel calls by trampolines (fentry, fexit, fmod_ret, lsm, freplace) cannot run here; null where they can. libbpf
 * decides, not the runtime under test: a kernel may be built without them, or forbid them to root too.
 */
export function trampolinesMissing(): string | null {
  const folder = mkdtempSync(join(tmpdir(), "lbc-needs-"));
  try {
    const object = join(folder, "probes.bpf.o");
    writeFileSync(object, fixtureBytes("probes"));
    writeFileSync(join(folder, "needs.c"), loadFentry);
    execFileSync("cc", ["-o", join(folder, "needs"), join(folder, "needs.c"), "-lbpf"]);
    const { status, stderr } = spawnSync(join(folder, "needs"), [object], { encoding: "utf8" });
    return status === 0 ? null : `this kernel refuses libbpf's fentry programs too: ${stderr.trim()}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const loadFentry = `
  #include <bpf/libbpf.h>
  #include <stdio.h>
  #include <string.h>
  int main(int count, char **words)
  {
    struct bpf_object *object = bpf_object__open(words[count - 1]);
    struct bpf_program *program;
    int error;

    libbpf_set_print(NULL);
    if (!object)
      return 2;
    bpf_object__for_each_program(program, object)
      bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), "on_fentry"));
    error = bpf_object__load(object);
    if (error)
      fprintf(stderr, "%s\\n", strerror(-error));
    return error != 0;
  }`;
