import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { compileBpf } from "../fixtures/compile.ts";
import { root, scratch } from "../paths.ts";
import type { Line, RuntimePeer, Subject } from "./runtime/peer.ts";
import { runtimePeers } from "./runtime/peers.ts";

const runs = 5;

/** One row of the table: the best of the runs, which other work on the machine disturbed least. */
export interface Row {
  readonly peer: string;
  readonly measure: string;
  readonly nanosecondsEach: number;
  /** The peer that it is compared with; null where others are compared with it. */
  readonly against: string | null;
  /** How many times as long as that one takes for the same, or for its first measure. */
  readonly ratio: number | null;
}

/** The runtimes on one subject, in turns, each in a process of its own. */
export async function benchRuntime(subject: Subject, json: boolean): Promise<void> {
  const folder = join(scratch, "peers/runtime");
  await mkdir(folder, { recursive: true });
  const object = join(folder, `${subject === "load" ? "execsnoop" : "runtime"}.bpf.o`);
  await compileBpf(join(root, subject === "load" ? "examples/execsnoop/execsnoop.bpf.c" : "tools/bench/runtime/runtime.bpf.c"), object);
  const commands: { readonly peer: RuntimePeer; readonly argv: readonly string[] }[] = [];
  const peers = await present(subject);
  for (const [index, peer] of peers.entries()) {
    const own = join(folder, `peer-${index}`);
    await mkdir(own, { recursive: true });
    commands.push({ peer, argv: await peer.build(own, object) });
  }
  const seen = new Map<string, Line[][]>();
  for (let run = 0; run < runs; run++) {
    for (const { peer, argv } of commands) seen.set(peer.name, [...(seen.get(peer.name) ?? []), await once(argv, subject, object)]);
  }
  const rows = tabulate(peers, seen);
  console.log(json ? JSON.stringify(rows, null, 2) : print(subject, rows));
}

/** Those that can be timed with it and are installed; the others are named. */
async function present(subject: Subject): Promise<RuntimePeer[]> {
  const peers: RuntimePeer[] = [];
  for (const peer of runtimePeers.filter(({ subjects }) => subjects?.includes(subject) ?? true)) {
    const command = (await peer.missing?.()) ?? null;
    if (command === null) peers.push(peer);
    else console.error(`bench: ${peer.name} is not installed and left out: ${command}`);
  }
  return peers;
}

async function once([file = "", ...words]: readonly string[], subject: Subject, object: string): Promise<Line[]> {
  const { stdout } = await execa(file, [...words, subject, object], { stderr: "inherit", env: { NODE_OPTIONS: "" } });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

/** The best of the runs. Throws where peers read different things: then they cannot be compared. */
export function tabulate(peers: readonly Pick<RuntimePeer, "name" | "against">[], seen: ReadonlyMap<string, readonly Line[][]>): Row[] {
  const each = new Map<string, ReadonlyMap<string, number>>();
  const sums = new Map<string, number>();
  for (const { name } of peers) {
    const lines = (seen.get(name) ?? []).flat();
    for (const { measure, sum } of lines) {
      const kind = /event|batches/.test(measure) ? "events" : measure;
      const known = sums.get(kind) ?? sum;
      sums.set(kind, known);
      if (known !== sum) throw new Error(`${name}: ${measure} read ${sum} in all, the others ${known}`);
    }
    const measures = [...new Set(lines.map(({ measure }) => measure))];
    each.set(
      name,
      new Map(measures.map((measure) => [measure, best(lines.filter((line) => line.measure === measure).map(nanosecondsEach))])),
    );
  }
  return peers.flatMap(({ name, against: others }) => {
    const against = others.find((other) => each.has(other)) ?? null;
    const base = each.get(against ?? "");
    return [...(each.get(name) ?? [])].map(([measure, nanoseconds]): Row => {
      const other = base?.get(measure) ?? base?.values().next().value;
      return { peer: name, measure, nanosecondsEach: nanoseconds, against, ratio: other === undefined ? null : nanoseconds / other };
    });
  });
}

const best = (values: readonly number[]): number => Math.min(...values);
const nanosecondsEach = ({ count, nanoseconds }: Line): number => nanoseconds / count;

function print(subject: Subject, rows: readonly Row[]): string {
  const unit = subject === "load" ? "ms" : "million/s";
  const figure = ({ nanosecondsEach: each }: Row): string =>
    subject === "load" ? (each / 1e6).toFixed(1) : (1000 / each).toFixed(each > 100 ? 2 : 1);
  const lines = rows.map((row) => [row.peer, row.measure, figure(row), row.ratio === null ? "" : times(row.ratio), row.against ?? ""]);
  const table = [["", "", unit, "time", "of"], ...lines].map(([peer = "", measure = "", value = "", ratio = "", against = ""]) =>
    `${peer.padEnd(26)}${measure.padEnd(20)}${value.padStart(10)}${ratio.padStart(9)}  ${against}`.trimEnd(),
  );
  return `${subject}: best of ${runs} processes\n${table.join("\n")}`;
}

const times = (ratio: number): string => `${ratio.toFixed(ratio < 0.1 ? 3 : 2)} x`;
