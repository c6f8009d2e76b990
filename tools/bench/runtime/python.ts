import { join } from "node:path";
import { execa } from "execa";
import { root, scratch } from "../../paths.ts";
import type { RuntimePeer } from "./peer.ts";

const python = join(scratch, "venv/bin/python");
const here = join(root, "tools/bench/runtime/python");
const byCtypes = "ctypes, libbpf (Python)";

export const pythonPeers: readonly RuntimePeer[] = [
  { name: byCtypes, against: "libbpf (C)", build: async () => [python, join(here, "ctypes_peer.py")] },
  {
    name: "lbc (Python)",
    against: byCtypes,
    build: async (folder, object) => {
      const words = ["gen", object, "--lang", "python", "--out", folder];
      await execa("lbc", words, { preferLocal: true, localDir: root, stderr: "inherit" });
      return [python, join(here, "pylbc_peer.py"), folder];
    },
  },
];
