import { readFile } from "node:fs/promises";

/**
 * Objects that lbc refuses on purpose, as libbpf or cilium/ebpf do: `file.o  error-code  reason`, one a line in refusals.txt.
 * Returns the error code by file name.
 */
export async function readRefusals(): Promise<Map<string, string>> {
  const text = await readFile(new URL("refusals.txt", import.meta.url), "utf8");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const [file = "", code = ""] = line.split(/\s+/);
      return [file, code];
    }),
  );
}
