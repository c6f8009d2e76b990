#!/usr/bin/env -S node --max-semi-space-size=8
// Many objects in one run make much garbage: a small young generation (MB) keeps the process below 200 MB.
import module from "node:module";

const needed = 24;
if (Number.parseInt(process.versions.node, 10) < needed) {
  console.error(`lbc: Node ${process.versions.node} is too old: version ${needed} or later is needed`);
  process.exit(1);
}
module.enableCompileCache();
// A reader that has seen enough, as in `lbc vmlinux | head`, is no failure.
process.stdout.on("error", (error) => {
  if (error.code === "EPIPE") process.exit();
  console.error(`lbc: standard output cannot be written: ${error.message}`);
  process.exit(1);
});
const { main } = await import("@lbc/cli").catch((error) => {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  console.error(`lbc: a part of it is missing: ${error.message}\n  hint: install it again; in a checkout: npm run build`);
  process.exit(1);
});
process.exitCode = await main(process.argv.slice(2), process);
