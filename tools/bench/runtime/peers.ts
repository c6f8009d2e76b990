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
    name: "lbc (Node)",
    against: [libbpf],
    // As it is installed: what strips types from sources takes memory and threads of its own.
    build: async () => {
      await execa("nx", ["run", "runtime:build"], { preferLocal: true, localDir: root, cwd: root, stderr: "inherit" });
      return [process.execPath, join(here, "node.ts")];
    },
  },
  clbcPeer,
  ...goPeers,
  ...pythonPeers,
  ...rustPeers,
];
