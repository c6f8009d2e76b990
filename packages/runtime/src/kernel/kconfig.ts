import { gunzipSync } from "node:zlib";
import type { Sys } from "../sys/sys.ts";

const utf8 = new TextDecoder();

/** `CONFIG_NAME` → what stands after the `=`; options that are not set are absent. */
export function parseKconfig(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [, name = "", value = ""] of text.matchAll(/^(CONFIG_\w+)=(.*)$/gm)) values.set(name, value.trim());
  return values;
}

/** The running kernel's configuration; null where the system does not tell it. */
export function readKconfig(sys: Sys): string | null {
  const boot = sys.readFile(`/boot/config-${sys.release}`);
  if (boot !== null) return utf8.decode(boot);
  const compressed = sys.readFile("/proc/config.gz");
  return compressed === null ? null : utf8.decode(gunzipSync(compressed));
}
