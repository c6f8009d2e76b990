/** `node tools/corpus/extract.ts OUT FILE…`: writes the BPF objects inside each file to OUT/<name>.bpf.o. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { embeddedObjects } from "./embedded-objects.ts";

const [out, ...files] = process.argv.slice(2);
if (out === undefined || files.length === 0) {
  console.error("usage: node tools/corpus/extract.ts OUT FILE…");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
let count = 0;
for (const file of files.filter((path) => statSync(path).isFile())) {
  for (const [index, object] of embeddedObjects(readFileSync(file)).entries()) {
    writeFileSync(join(out, `${basename(file)}${index === 0 ? "" : `.${index}`}.bpf.o`), object);
    count++;
  }
}
console.log(`${count} objects in ${out}`);
