import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { fixtureBytes } from "./fixtures.test.support.ts";

/** Skips a test for a reason, and runs it where there is none. */
export function skipFor(skip: (reason: string) => unknown, reason: string | null): void {
  if (reason !== null) skip(reason);
}

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

/** Why a test that needs a part of the kernel, known by one of its symbols, cannot run here; null where the kernel was built with it. */
export function kernelWithout(symbol: string): string | null {
  const isThere = readFileSync("/proc/kallsyms", "utf8").includes(` ${symbol}\n`);
  return isThere ? null : `this kernel was built without ${symbol}`;
}

/** Why programs of security modules cannot run here; null where the kernel asks BPF programs. */
export function bpfSecurityMissing(): string | null {
  const list = existsSync(securityModules) ? readFileSync(securityModules, "utf8").trim() : "none";
  return list.split(",").includes("bpf") ? trampolinesMissing() : `the kernel asks these security modules only: ${list}`;
}

const securityModules = "/sys/kernel/security/lsm";

/** Why what came with a version of Linux is not there; null on a kernel that is new enough, where a test then has to pass. */
export function kernelBefore(since: string): string | null {
  const numbers = (version: string): number[] => version.split(/[.-]/).map(Number);
  const [major = 0, minor = 0] = numbers(release());
  const [wantedMajor = 0, wantedMinor = 0] = numbers(since);
  const isOlder = major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
  return isOlder ? `needs Linux ${since}, and this is ${release()}` : null;
}
