import { cp, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { root } from "../../paths.ts";
import type { RuntimePeer } from "./peer.ts";

const golbc = join(root, "packages/golbc");

/** A module with the sources of golang/, beside which the generated packages come, that has the versions of golbc. */
async function buildGo(folder: string, command: string): Promise<string> {
  await cp(join(root, "tools/bench/runtime/golang"), folder, { recursive: true });
  const name = "github.com/lbc-dev/lbc/packages/golbc";
  const own = (await readFile(join(golbc, "go.mod"), "utf8")).replace(`module ${name}`, "module bench");
  await writeFile(join(folder, "go.mod"), `${own}\nrequire ${name} v0.0.0\n\nreplace ${name} => ${JSON.stringify(golbc)}\n`);
  await cp(join(golbc, "go.sum"), join(folder, "go.sum"));
  const program = join(folder, "peer");
  await execa("go", ["build", "-o", program, `./${command}`], { cwd: folder, stderr: "inherit" });
  return program;
}

const cilium = (decoding: string): RuntimePeer => ({
  name: `cilium, ${decoding} (Go)`,
  against: ["libbpf (C)"],
  build: async (folder) => [await buildGo(folder, "cilium"), decoding],
});

export const goPeers: readonly RuntimePeer[] = [
  cilium("binary.Read"),
  cilium("by-hand"),
  {
    name: "lbc (Go)",
    against: ["cilium, binary.Read (Go)"],
    build: async (folder, object) => {
      const name = basename(object, ".bpf.o");
      await execa("lbc", ["gen", object, "--lang", "go", "--out", join(folder, name)], {
        preferLocal: true,
        localDir: root,
        stderr: "inherit",
      });
      return [await buildGo(folder, name === "execsnoop" ? "lbcload" : "lbc")];
    },
  },
];
