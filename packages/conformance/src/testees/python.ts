import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFiles } from "@lbc/build";
import { spell } from "@lbc/gen-python";
import { execa } from "execa";
import { scratch } from "../../../../tools/paths.ts";
import { describeTypes } from "./description.ts";
import type { Testee } from "./testee.ts";

const program = fileURLToPath(new URL("programs/testee.py", import.meta.url));

/** The generated package in Python, where members are found by name. */
export const python: Testee = {
  anyByteOrder: true,
  async run(job) {
    await writeFiles(job.sdk, job.folder);
    const names = spell(job.layout);
    const description = join(job.folder, "description.json");
    await writeFile(description, JSON.stringify(describeTypes(job, names, names.packageName)));
    const { stdout } = await execa(join(scratch, "venv/bin/python"), [program, description, job.input], {
      env: { PYTHONPATH: job.folder },
      maxBuffer: 2 ** 30,
    });
    return stdout.split("\n");
  },
};
