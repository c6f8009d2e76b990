/** `node test/smoke.ts [--attach] [FOLDER]`: which BPF objects (those in Debian's libbpf-tools by default) this kernel takes from us. */
import { LbcError } from "@lbc/core";
import { OpenObject } from "../index.ts";
import { type NamedObject, objectsIn } from "./embedded-objects.test.support.ts";

const attaches = process.argv.includes("--attach");
const folder = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? "/usr/sbin";

function describe(error: unknown): string {
  return error instanceof LbcError ? error.describe() : String(error);
}

/** What went wrong, or null. */
function attempt(step: () => void): string | null {
  try {
    step();
    return null;
  } catch (error) {
    return describe(error);
  }
}

function smoke({ name, bytes }: NamedObject): "refused" | "loaded" | "attached" {
  const open = OpenObject.open(bytes, { name });
  const problem = attempt(() => {
    using loaded = open.load();
    if (attaches) loaded.attach();
  });
  console.log(`${problem === null ? "ok     " : "failed "} ${name}${problem === null ? "" : `  ${problem}`}`);
  return problem === null ? (attaches ? "attached" : "loaded") : "refused";
}

const results = objectsIn(folder).map(smoke);
const good = results.filter((result) => result !== "refused").length;
console.log(`${attaches ? "attached" : "loaded"} ${good}/${results.length}`);
process.exitCode = good === results.length ? 0 : 1;
