import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { referenceFile, renderReference } from "./reference.ts";

await mkdir(dirname(referenceFile), { recursive: true });
await writeFile(referenceFile, await renderReference());
console.log(`headers: wrote ${referenceFile}`);
