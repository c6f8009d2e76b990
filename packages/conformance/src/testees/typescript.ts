import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFiles } from "@lbc/build";
import { nameModule } from "@lbc/gen-typescript";
import { execa } from "execa";
import { describeTypes } from "./description.ts";
import type { Testee } from "./testee.ts";

const program = fileURLToPath(new URL("programs/testee.ts", import.meta.url));

/** The generated module in Node, where members are found by name. */
export const typescript: Testee = {
  anyByteOrder: true,
  async run(job) {
    const written = await writeFiles(job.sdk, job.folder);
    const module = written.find((path) => path.endsWith(".ts")) ?? "";
    const description = join(job.folder, "description.json");
    await writeFile(description, JSON.stringify(describeTypes(job, nameModule(job.layout), module)));
    const { stdout } = await execa("node", ["--conditions=@lbc/source", program, description, job.input], { maxBuffer: 2 ** 30 });
    return stdout.split("\n");
  },
};
