import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { scratch as madeOnce, root } from "../paths.ts";
import { type Command, type Measurement, measureInTurn, median, table, timeOf } from "./measure.ts";

const runs = 7;
const kernel = "/sys/kernel/btf/vmlinux";
/** In milliseconds. */
const mostForIndex = 25;

/** What the peer programs print, in milliseconds; a reader that cannot print C has no `print`. */
interface Times {
  readonly index: number;
  readonly read: number;
  readonly print?: number;
}
export interface Row extends Times {
  readonly name: string;
  readonly megabytes: number;
}

const names = { peer: "bpftool", cached: "lbc vmlinux", each: "lbc vmlinux --btf (prints each time)", lbc: "lbc", cilium: "cilium/ebpf" };

/** The running kernel's BTF: printing it as C, as whole processes; then indexing, reading and printing it within one. */
export async function benchBtf(json: boolean): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "lbc-bench-btf-"));
  try {
    const printers = await measureInTurn(printing(scratch), runs);
    const readers: Row[] = [];
    for (const [name, argv] of await reading()) readers.push(await measureReader(name, argv));
    const reached = targets(printers, readers);
    if (json) console.log(JSON.stringify({ printing: printers, reading: readers, targets: reached }, null, 2));
    else {
      console.log(
        `vmlinux.h of the running kernel, a process each; lbc vmlinux prints it once and then has it\n${table(printers, "bpftool")}\n`,
      );
      console.log(`within one process, each done once; median of ${runs} processes, ms\n${readerTable(readers)}\n`);
      for (const { target, met } of reached) console.log(`${met ? "met   " : "missed"}  ${target}`);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The project's own aims for these numbers; two rows of one run are compared, so that a busy machine slows both. */
export function targets(
  printers: readonly Pick<Measurement, "name" | "median" | "exitCode">[],
  readers: readonly Pick<Row, "name" | "index" | "read">[],
): { readonly target: string; readonly met: boolean }[] {
  const reader = (name: string): Pick<Row, "index" | "read"> =>
    readers.find((row) => row.name === name) ?? { index: Number.NaN, read: Number.NaN };
  const [peer, cached, each] = [names.peer, names.cached, names.each].map((name) => timeOf(printers, name)) as [number, number, number];
  const [lbc, cilium] = [reader(names.lbc), reader(names.cilium)];
  const against = (own: number, other: number): string => `${own.toFixed(0)} ms, ${other.toFixed(0)} ms`;
  return [
    { target: `lbc vmlinux at least as fast as bpftool: ${against(cached, peer)}`, met: cached <= peer },
    { target: `the same where it prints each time: ${against(each, peer)}`, met: each <= peer },
    { target: `indexing in at most ${mostForIndex} ms: ${lbc.index.toFixed(0)} ms`, met: lbc.index <= mostForIndex },
    { target: `reading all types at least as fast as cilium/ebpf: ${against(lbc.read, cilium.read)}`, met: lbc.read <= cilium.read },
  ];
}

function printing(scratch: string): Command[] {
  const lbc = [process.execPath, join(root, "packages/cli/bin/lbc.js"), "vmlinux"];
  const env = { NODE_OPTIONS: "", NODE_COMPILE_CACHE: join(scratch, "compile-cache"), XDG_CACHE_HOME: join(scratch, "cache") };
  return [
    { name: names.peer, argv: ["bpftool", "btf", "dump", "file", kernel, "format", "c"] },
    { name: names.cached, argv: lbc, env },
    { name: names.each, argv: [...lbc, "--btf", kernel], env },
  ];
}

/** The programs that read, by their library; those that must be compiled are. */
async function reading(): Promise<readonly (readonly [name: string, argv: readonly string[]])[]> {
  const [libbpf, cilium] = [join(madeOnce, "peers/btf-libbpf"), join(madeOnce, "peers/btf-cilium")];
  await execa("mkdir", ["-p", join(madeOnce, "peers")]);
  await execa("cc", ["-O2", "-o", libbpf, join(root, "tools/bench/btf-libbpf.c"), "-lbpf"], { stderr: "inherit" });
  await execa("go", ["build", "-o", cilium, "."], { cwd: join(root, "tools/bench/btf-cilium"), stderr: "inherit" });
  return [
    [names.lbc, [process.execPath, join(root, "tools/bench/btf-lbc.ts"), kernel]],
    [names.cilium, [cilium, kernel]],
    ["libbpf (decodes nothing)", [libbpf, kernel]],
  ];
}

async function measureReader(name: string, argv: readonly string[]): Promise<Row> {
  const all: Times[] = [];
  let megabytes = 0;
  for (let run = 0; run < runs; run++) {
    const { stdout, stderr } = await execa("/usr/bin/time", ["-f", "%M", ...argv]);
    all.push(JSON.parse(stdout) as Times);
    megabytes = Math.max(megabytes, Number(stderr.trim().split("\n").at(-1)) / 1024);
  }
  const prints = all.flatMap(({ print }) => (print === undefined ? [] : [print]));
  return {
    name,
    index: median(all.map(({ index }) => index)),
    read: median(all.map(({ read }) => read)),
    ...(prints.length === 0 ? {} : { print: median(prints) }),
    megabytes,
  };
}

function readerTable(rows: readonly Row[]): string {
  const cells = rows.map(({ name, index, read, print, megabytes }) => [name, index, read, print, megabytes]);
  return [["", "index", "read all", "print C", "MB"], ...cells]
    .map(([name, ...numbers]) => {
      const columns = numbers.map((cell) => (typeof cell === "number" ? cell.toFixed(0) : (cell ?? "")).padStart(9));
      return `${String(name).padEnd(25)}${columns.join("")}`.trimEnd();
    })
    .join("\n");
}
