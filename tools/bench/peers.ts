import { access } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { root, scratch } from "../paths.ts";

const libbpfCargoVersion = "0.27.2";

/** The generators that lbc is compared with, built once. */
export async function peers(): Promise<{ bpftool: string; bpf2go: string; libbpfCargo: string }> {
  const folder = join(scratch, "peers");
  const bpf2go = join(folder, "bpf2go");
  const libbpfCargo = join(folder, "bin/cargo-libbpf");
  if (await missing(bpf2go)) {
    console.error("bench: building bpf2go's generator (once)");
    await execa("go", ["build", "-o", bpf2go, "."], { cwd: join(root, "tools/bench/bpf2go"), stderr: "inherit" });
  }
  if (await missing(libbpfCargo)) {
    console.error("bench: building libbpf-cargo (once, about two minutes)");
    await execa("cargo", ["install", "--quiet", "--locked", `libbpf-cargo@${libbpfCargoVersion}`, "--root", folder], { stderr: "inherit" });
  }
  return { bpftool: "bpftool", bpf2go, libbpfCargo };
}

const missing = (path: string): Promise<boolean> =>
  access(path).then(
    () => false,
    () => true,
  );
