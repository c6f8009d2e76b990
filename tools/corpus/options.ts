import { parseArgs } from "node:util";
import { type Language, languages } from "@lbc/build";

export interface Options {
  readonly objects: string | undefined;
  readonly languages: readonly Language[];
  readonly json: boolean;
}

const usage = `usage: npm run corpus -- [--objects DIR|cilium|fixtures] [--lang ${languages.join(",")}|all] [--json]

Makes SDKs of the 61 objects inside Debian's libbpf-tools (or of those in DIR, in the test data of cilium/ebpf, or of
the conformance fixtures), checks each
with its language's strictest checker, and compares what is in them with bpftool's reading of the same BTF.`;

/** Ends the process on --help and on a wrong option. */
export function parseOptions(words: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { objects: { type: "string" }, lang: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } },
    });
    if (values.help === true) {
      console.log(usage);
      process.exit(0);
    }
    const named = (values.lang ?? "all").split(",");
    const chosen = languages.filter((language) => named.includes("all") || named.includes(language));
    const wrong = named.find((word) => word !== "all" && !languages.some((language) => language === word));
    if (wrong !== undefined) throw new Error(`no language "${wrong}"`);
    return { objects: values.objects, languages: chosen, json: values.json ?? false };
  } catch (error) {
    console.error(`corpus: ${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
