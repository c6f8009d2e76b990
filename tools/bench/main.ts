import { benchBtf } from "./btf.ts";
import { benchBuild } from "./build.ts";
import { benchGen } from "./gen.ts";
import { benchRun } from "./run.ts";
import { subjects } from "./runtime/peer.ts";
import { benchRuntime } from "./runtime.ts";

const runtimes = Object.fromEntries(subjects.map((subject) => [subject, (json: boolean) => benchRuntime(subject, json)]));
const benches: Readonly<Record<string, (json: boolean) => Promise<void>>> = {
  btf: benchBtf,
  build: benchBuild,
  gen: benchGen,
  run: benchRun,
  ...runtimes,
};

const words = process.argv.slice(2);
const bench = benches[words.find((word) => !word.startsWith("-")) ?? ""];
if (bench === undefined || words.includes("--help")) {
  console.log(`usage: npm run bench -- ${Object.keys(benches).join("|")} [--json]`);
  process.exit(words.includes("--help") ? 0 : 2);
}
await bench(words.includes("--json"));
