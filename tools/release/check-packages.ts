import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { root } from "../paths.ts";
import { releasedFolders } from "./sync.ts";

/** publint and attw on every package that npm gets, as it was built: files, exports and types as their users resolve them. */
let failed = 0;
for (const folder of await releasedFolders()) {
  const manifest = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")) as { private?: boolean; exports?: unknown };
  if (manifest.private === true) continue;
  const checks = [["publint", "--strict"]];
  if (manifest.exports !== undefined) checks.push(["attw", "--pack", ".", "--profile", "esm-only"]);
  for (const [tool = "", ...args] of checks) {
    const result = await execa(tool, args, { cwd: join(root, folder), preferLocal: true, localDir: root, reject: false, all: true });
    if (result.exitCode === 0) continue;
    failed++;
    console.error(`${folder}: ${tool}\n${result.all}`);
  }
}
if (failed > 0) process.exitCode = 1;
else console.log("publint and attw find nothing");
