import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { corpusObjects } from "../corpus/objects.ts";
import { root } from "../paths.ts";
import { type Command, type Measurement, measure, table } from "./measure.ts";
import { peers } from "./peers.ts";

const runs = 5;

/** Each generator's whole process on the same objects: first one object, then all 61. */
export async function benchGen(json: boolean): Promise<void> {
  const objects = await corpusObjects();
  const one = objects.find((path) => path.endsWith("/execsnoop.bpf.o")) ?? objects[0];
  if (one === undefined) throw new Error("the corpus is empty");
  const tools = await peers();
  const scratch = await mkdtemp(join(tmpdir(), "lbc-bench-"));
  try {
    const single = await measureAll(oneObject(tools, one, scratch), runs);
    const many = await measureAll(allObjects(tools, objects, scratch), 1);
    const results = { object: single, corpus: many };
    if (json) console.log(JSON.stringify(results, null, 2));
    else {
      console.log(`One object (${one.split("/").at(-1)}), a process each\n${table(single, "libbpf-cargo")}\n`);
      console.log(`${objects.length} objects; lbc and bpf2go in one process, the others a process each\n${table(many, "libbpf-cargo")}`);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function measureAll(commands: readonly Command[], count: number): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  for (const command of commands) measured.push(await measure(command, count));
  return measured;
}

/** The built command as a user runs it: without the checkout's source condition, with a compile cache of its own. */
function lbc(name: string, languages: string, objects: readonly string[], scratch: string): Command {
  const argv = [
    process.execPath,
    join(root, "packages/cli/bin/lbc.js"),
    "gen",
    ...objects,
    "--lang",
    languages,
    "--out",
    join(scratch, name),
  ];
  return { name, argv, env: { NODE_OPTIONS: "", NODE_COMPILE_CACHE: join(scratch, "compile-cache", name) } };
}

function oneObject(tools: Awaited<ReturnType<typeof peers>>, object: string, scratch: string): Command[] {
  return [
    lbc("lbc c", "c", [object], scratch),
    lbc("lbc c,go,python,rust", "c,go,python,rust", [object], scratch),
    lbc("lbc all", "all", [object], scratch),
    { name: "bpftool", argv: [tools.bpftool, "gen", "skeleton", object] },
    { name: "bpf2go", argv: [tools.bpf2go, join(scratch, "bpf2go"), object] },
    { name: "libbpf-cargo", argv: [tools.libbpfCargo, "libbpf", "gen", "--object", object] },
  ];
}

function allObjects(tools: Awaited<ReturnType<typeof peers>>, objects: readonly string[], scratch: string): Command[] {
  const each = (command: string): string[] => ["sh", "-c", `for object in "$@"; do ${command}; done`, "sh", ...objects];
  return [
    lbc("lbc all five languages", "all", objects, scratch),
    lbc("lbc rust", "rust", objects, scratch),
    { name: "bpftool", argv: each(`'${tools.bpftool}' gen skeleton "$object"`) },
    { name: "bpf2go", argv: [tools.bpf2go, join(scratch, "bpf2go-all"), ...objects] },
    { name: "libbpf-cargo", argv: each(`'${tools.libbpfCargo}' libbpf gen --object "$object"`) },
  ];
}
