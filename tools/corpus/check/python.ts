import { join } from "node:path";
import { execa } from "execa";
import { root, scratch } from "../../paths.ts";
import { assign, type Check } from "./unit.ts";

/** ruff (format and lint) and mypy --strict, on all packages in one run. */
export const checkPython: Check = async (units, folder) => {
  const tool = (name: string): string => join(scratch, "venv/bin", name);
  const env = { MYPYPATH: join(root, "packages/pylbc/python"), NO_COLOR: "1" };
  const runs = [
    await execa(tool("ruff"), ["format", "--check", "."], { cwd: folder, reject: false, all: true }),
    await execa(tool("ruff"), ["check", "--output-format", "concise", "."], { cwd: folder, reject: false, all: true }),
    await execa(tool("mypy"), ["--strict", "--namespace-packages", "--explicit-package-bases", ...units.map(({ name }) => name)], {
      cwd: folder,
      env,
      reject: false,
      all: true,
    }),
  ];
  return new Map(runs.flatMap((run) => [...assign(units, run.all, run.exitCode !== 0)]));
};
