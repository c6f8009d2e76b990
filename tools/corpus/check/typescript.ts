import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";
import { root } from "../../paths.ts";
import { assign, type Check } from "./unit.ts";

/** tsc, with every strict setting of this repository. */
export const checkTypeScript: Check = async (units, folder) => {
  const project = join(folder, "tsconfig.json");
  await writeFile(project, JSON.stringify({ extends: relative(folder, join(root, "tsconfig.base.json")), include: ["**/*.ts"] }));
  const result = await execa("tsc", ["-p", project, "--noEmit", "--pretty", "false"], {
    cwd: folder,
    reject: false,
    preferLocal: true,
    localDir: root,
  });
  return assign(units, result.stdout, result.exitCode !== 0);
};
