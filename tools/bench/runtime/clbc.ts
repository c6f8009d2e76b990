import { basename, join } from "node:path";
import { execa } from "execa";
import { root } from "../../paths.ts";
import type { RuntimePeer } from "./peer.ts";

export const clbcPeer: RuntimePeer = {
  name: "lbc (C)",
  against: ["libbpf (C)"],
  build: async (folder, object) => {
    const program = join(folder, "clbc");
    const source = join(root, "tools/bench/runtime/clbc", basename(object) === "execsnoop.bpf.o" ? "load.c" : "main.c");
    const include = ["-I", folder, "-I", join(root, "packages/clbc/include")];
    await execa("lbc", ["gen", object, "--lang", "c", "--out", folder], { preferLocal: true, localDir: root, stderr: "inherit" });
    await execa("cc", ["-O2", ...include, "-o", program, source, "-lbpf"], { stderr: "inherit" });
    return [program];
  },
};
