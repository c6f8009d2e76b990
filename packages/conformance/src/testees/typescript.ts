import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFiles } from "@lbc/build";
import { nameModule } from "@lbc/gen-typescript";
import { describeTypes } from "./description.ts";
import { outputLines } from "./output.ts";
import type { Testee } from "./testee.ts";

const program = fileURLToPath(new URL("programs/testee.ts", import.meta.url));

/** The generated module in Node, where members are found by name. */
export const typescript: Testee = {
  anyByteOrder: true,
  async build(units, folder) {
    const descriptionOf = (key: string): string => join(folder, key, "description.json");
    for (const unit of units) {
      const written = await writeFiles(unit.sdk, join(folder, unit.key));
      const module = written.find((path) => path.endsWith(".ts")) ?? "";
      await writeFile(descriptionOf(unit.key), JSON.stringify(describeTypes(unit, nameModule(unit.layout), module)));
    }
    return ({ key, input }) => outputLines(process.execPath, ["--conditions=@lbc/source", program, descriptionOf(key), input]);
  },
};
