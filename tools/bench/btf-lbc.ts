/** Reads a BTF file and prints, in milliseconds, how long it took to index it, to read all types and to print them as C. */
import { readFileSync } from "node:fs";
import { readBtf } from "@lbc/core/btf";
import { printCBytes } from "@lbc/core/c-printer";

const bytes = readFileSync(process.argv[2] ?? "");
const started = performance.now();
const btf = readBtf(bytes);
const indexed = performance.now();
let members = 0;
for (let id = 1; id < btf.length; id++) {
  const type = btf.type(id);
  if (type.kind === "struct") members += type.members.length;
}
const read = performance.now();
const text = printCBytes(btf);
console.log(
  JSON.stringify({ index: indexed - started, read: read - indexed, print: performance.now() - read, members, bytes: text.length }),
);
