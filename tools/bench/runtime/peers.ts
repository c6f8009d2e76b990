import { readFile, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { execa } from "execa";
import { root } from "../../paths.ts";
import { clbcPeer } from "./clbc.ts";
import { goPeers } from "./golang.ts";
import type { RuntimePeer } from "./peer.ts";
import { pythonPeers } from "./python.ts";
import { rustPeers } from "./rust.ts";

const here = join(root, "tools/bench/runtime");
const libbpf = "libbpf (C)";

/** In the order of the table; each language adds its own. */
export const runtimePeers: readonly RuntimePeer[] = [
  {
    name: libbpf,
    against: [],
    build: async (folder) => {
      const program = join(folder, "libbpf");
      await execa("cc", ["-O2", "-o", program, join(here, "libbpf.c"), "-lbpf"], { stderr: "inherit" });
      return [program];
    },
  },
  {
    // As it is installed: Node that strips types from sources needs memory and threads for it while the first load is timed.
    name: "lbc (Node)",
    against: [libbpf],
    build: async (folder) => {
      await execa("nx", ["run", "runtime:build"], { preferLocal: true, localDir: root, cwd: root, stderr: "inherit" });
      for (const name of ["node", "node-koffi"]) {
        const source = stripTypeScriptTypes(await readFile(join(here, `${name}.ts`), "utf8"));
        await writeFile(join(folder, `${name}.mjs`), source.replace('"./node-koffi.ts"', '"./node-koffi.mjs"'));
      }
      return [process.execPath, join(folder, "node.mjs")];
    },
  },
  clbcPeer,
  ...goPeers,
  ...pythonPeers,
  ...rustPeers,
];
