/** `node tools/parity/main.ts [LANGUAGE]`: writes docs/runtimes.md, and tells how many cells are proved, and which of LANGUAGE are not. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../paths.ts";
import { collect, languages } from "./collect.ts";
import { groups } from "./features.ts";
import { document, problems } from "./table.ts";

const proofs = await collect(root);
for (const problem of problems(proofs)) console.error(`parity: ${problem}`);
await writeFile(join(root, "docs/runtimes.md"), document(proofs));
const rows = groups.flatMap(({ features }) => features);
for (const language of languages) {
  const proved = new Set(proofs.filter((proof) => proof.language === language).map(({ feature }) => feature));
  const missing = rows.filter(({ id }) => !proved.has(id)).map(({ id }) => id);
  console.log(`${language}: ${rows.length - missing.length} of ${rows.length}`);
  if (process.argv[2] === language && missing.length > 0) console.log(`not yet: ${missing.join(", ")}`);
}
process.exitCode = problems(proofs).length === 0 ? 0 : 1;
