import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.ts";

/** Where clang looks by itself. */
const usualFolders = ["/usr/local/include", "/usr/include"];
const header = "bpf/bpf_helpers.h";

/** The folder with libbpf's headers for BPF programs (`bpf/bpf_helpers.h`): a usual one, or what pkg-config says; undefined where there is none. */
export async function libbpfFolder(): Promise<string | undefined> {
  const usual = usualFolders.find((folder) => existsSync(join(folder, header)));
  if (usual !== undefined) return usual;
  const folder = (await run("pkg-config", ["--variable=includedir", "libbpf"])).stdout.trim();
  return folder !== "" && existsSync(join(folder, header)) ? folder : undefined;
}

/** Folders that clang has to be told of to find libbpf's headers. */
export async function libbpfIncludes(): Promise<string[]> {
  const folder = await libbpfFolder();
  // In front of clang's own headers, /usr/include would hide them.
  return folder === undefined || usualFolders.includes(folder) ? [] : [folder];
}
