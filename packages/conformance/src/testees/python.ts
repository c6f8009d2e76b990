import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFiles } from "@lbc/build";
import { spell } from "@lbc/gen-python";
import { scratch } from "../../../../tools/paths.ts";
import { describeTypes } from "./description.ts";
import { outputLines } from "./output.ts";
import type { Testee } from "./testee.ts";

const program = fileURLToPath(new URL("programs/testee.py", import.meta.url));

/** The generated package in Python, where members are found by name. */
export const python: Testee = {
  anyByteOrder: true,
  async build(units, folder) {
    const descriptionOf = (key: string): string => join(folder, key, "description.json");
    for (const unit of units) {
      await writeFiles(unit.sdk, join(folder, unit.key));
      const names = spell(unit.layout);
      await writeFile(descriptionOf(unit.key), JSON.stringify(describeTypes(unit, names, names.packageName)));
    }
    const interpreter = join(scratch, "venv/bin/python");
    return ({ key, input }) => outputLines(interpreter, [program, descriptionOf(key), input], { PYTHONPATH: join(folder, key) });
  },
};
