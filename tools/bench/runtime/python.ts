import { globSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { root, scratch } from "../../paths.ts";
import { withHeaders } from "../bcc.ts";
import type { RuntimePeer } from "./peer.ts";

const venvPython = join(scratch, "venv/bin/python");
/** Debian's packages are for Debian's Python. */
const systemPython = "/usr/bin/python3";
const here = join(root, "tools/bench/runtime/python");
const byBcc = "BCC (Python)";
const byCtypes = "ctypes, libbpf (Python)";

export const pythonPeers: readonly RuntimePeer[] = [
  {
    name: byBcc,
    against: ["libbpf (C)"],
    // It has no objects: what it loads it compiles.
    subjects: ["events", "maps"],
    missing: async () => {
      const { exitCode } = await execa(systemPython, ["-c", "import bcc"], { reject: false });
      const found = exitCode === 0 && globSync("/lib/modules/*/build").length > 0;
      return found ? null : "apt-get install python3-bpfcc linux-headers-amd64";
    },
    build: async () => withHeaders(systemPython, join(here, "bcc_peer.py")),
  },
  { name: byCtypes, against: ["libbpf (C)"], build: async () => [...(await interpreter()), join(here, "ctypes_peer.py")] },
  {
    name: "lbc (Python)",
    against: [byBcc, byCtypes],
    build: async (folder, object) => {
      const words = ["gen", object, "--lang", "python", "--out", folder];
      await execa("lbc", words, { preferLocal: true, localDir: root, stderr: "inherit" });
      return [...(await interpreter()), join(here, "pylbc_peer.py"), folder];
    },
  },
];

/**
 * BCC's interpreter for all, with the packages of the venv where both have one version (numpy is compiled for one): an interpreter may be
 * built to be a third faster than another. Else the venv's, and interpreters are compared as well.
 */
async function interpreter(): Promise<string[]> {
  const about = "import sys, sysconfig; print(*sys.version_info[:2], sep='.'); print(sysconfig.get_path('platlib'))";
  const [system, venv] = await Promise.all([systemPython, venvPython].map((python) => execa(python, ["-c", about], { reject: false })));
  const [version, packages = ""] = venv?.stdout?.split("\n") ?? [];
  if (version === undefined || system?.stdout?.split("\n")[0] !== version) return [venvPython];
  return ["env", `PYTHONPATH=${packages}:${join(root, "packages/pylbc/python")}`, systemPython];
}
