import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { scratch as madeOnce, root } from "../paths.ts";
import { type Command, type Measurement, measure, median, table } from "./measure.ts";

const runs = 7;
const kernel = "/sys/kernel/btf/vmlinux";

/** What the peer programs print, in milliseconds; a reader that cannot print C has no `print`. */
interface Times {
  readonly index: number;
  readonly read: number;
  readonly print?: number;
}
interface Row extends Times {
  readonly name: string;
  readonly megabytes: number;
}

/** The running kernel's BTF: printing it as C, as whole processes; then indexing, reading and printing it within one. */
export async function benchBtf(json: boolean): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "lbc-bench-btf-"));
  try {
    const printers: Measurement[] = [];
    for (const command of printing(scratch)) printers.push(await measure(command, runs));
    const readers: Row[] = [];
    for (const [name, argv] of await reading()) readers.push(await measureReader(name, argv));
    if (json) console.log(JSON.stringify({ printing: printers, reading: readers }, null, 2));
    else {
      console.log(
        `vmlinux.h of the running kernel, a process each; lbc vmlinux prints it once and then has it\n${table(printers, "bpftool")}\n`,
      );
      console.log(`within one process, each done once; median of ${runs} processes, ms\n${readerTable(readers)}`);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function printing(scratch: string): Command[] {
  const lbc = [process.execPath, join(root, "packages/cli/bin/lbc.js"), "vmlinux"];
  const env = { NODE_OPTIONS: "", NODE_COMPILE_CACHE: join(scratch, "compile-cache"), XDG_CACHE_HOME: join(scratch, "cache") };
  return [
    { name: "bpftool", argv: ["bpftool", "btf", "dump", "file", kernel, "format", "c"] },
    { name: "lbc vmlinux", argv: lbc, env },
    { name: "lbc vmlinux --btf (prints each time)", argv: [...lbc, "--btf", kernel], env },
  ];
}

/** The programs that read, by their library; those that must be compiled are. */
async function reading(): Promise<readonly (readonly [name: string, argv: readonly string[]])[]> {
  const [libbpf, cilium] = [join(madeOnce, "peers/btf-libbpf"), join(madeOnce, "peers/btf-cilium")];
  await execa("mkdir", ["-p", join(madeOnce, "peers")]);
  await execa("cc", ["-O2", "-o", libbpf, join(root, "tools/bench/btf-libbpf.c"), "-lbpf"], { stderr: "inherit" });
  await execa("go", ["build", "-o", cilium, "."], { cwd: join(root, "tools/bench/btf-cilium"), stderr: "inherit" });
  return [
    ["lbc", [process.execPath, join(root, "tools/bench/btf-lbc.ts"), kernel]],
    ["cilium/ebpf", [cilium, kernel]],
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
