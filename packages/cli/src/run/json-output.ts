import type { ProgramLayout } from "@lbc/core/layout";
import { jsonText, type TraceLine } from "@lbc/runtime";
import type { AddressSymbol } from "@lbc/runtime/symbols";
import type { Io } from "../io.ts";
import { type Attached, skippedHint } from "./attach.ts";
import { drained } from "./drain.ts";
import type { Output, OutputContext, StreamShape } from "./output.ts";
import type { Column } from "./show/columns.ts";
import type { Plain, PlainRecord } from "./show/plain.ts";
import type { Snapshot } from "./show/snapshot.ts";
import type { Reason } from "./stop.ts";

/** For programs: one JSON object a line, with a `type` each; docs/run.md describes them. */
export class JsonOutput implements Output {
  readonly #io: Io;
  readonly #context: OutputContext;

  constructor(io: Io, context: OutputContext) {
    this.#io = io;
    this.#context = context;
  }

  attached({ programs, skipped }: Attached, all: readonly ProgramLayout[]): void {
    const known = all.filter(({ name }) => programs.includes(name)).map(({ name, section }) => ({ name, section }));
    const left = skipped.map((program) => ({ name: program.name, section: program.section, hint: skippedHint(program) }));
    this.#write({ type: "attached", programs: known, ...(left.length === 0 ? {} : { skipped: left }) });
  }

  event({ map, columns }: StreamShape, event: Plain): void {
    this.#write({ type: "event", map, event: this.#withStacks(columns, event) });
  }

  lost(map: string, count: number): void {
    this.#write({ type: "lost", map, count });
  }

  printed({ task, pid, cpu, seconds, message }: TraceLine): void {
    this.#write({ type: "printk", task, pid, cpu, seconds, message });
  }

  walked(program: string, lines: readonly string[]): void {
    for (const line of lines) this.#write({ type: "line", program, line });
  }

  maps(snapshots: readonly Snapshot[], isLast: boolean): void {
    for (const snapshot of snapshots) this.#write({ ...this.#snapshot(snapshot), last: isLast });
  }

  ending(): void {
    // Programs see the end when it has come.
  }

  detaching(): void {
    // Nor do they watch the clock.
  }

  ended(reason: Reason): void {
    this.#write({ type: "ended", reason });
  }

  ready(): Promise<void> {
    return drained(this.#io.stdout);
  }

  #snapshot(snapshot: Snapshot): object {
    const { kind, map, title, keyColumns, more } = snapshot;
    const left = more === 0 ? {} : { more };
    const named = { type: kind === "table" ? "map" : "histogram", map, ...(title === map ? {} : { title }), ...left };
    if (kind === "table") {
      const entries = snapshot.entries.map(({ key, value }) =>
        keyColumns.length === 0 ? { value } : { key: this.#withStacks(keyColumns, key), value },
      );
      return { ...named, entries };
    }
    const groups = snapshot.groups.map(({ key, slots }) => (key === null ? { slots } : { key: this.#withStacks(keyColumns, key), slots }));
    return { ...named, scale: snapshot.scale, groups };
  }

  /** The numbers of stacks become what is behind them. */
  #withStacks(columns: readonly Column[], record: Plain): Plain {
    let result = record;
    for (const [name, { id, stack }] of this.#context.stacks.of(columns, record)) {
      const path = columns.find((column) => column.name === name)?.path ?? [];
      result = replaced(result, path, { id, frames: stack.frames.map(frameJson) });
    }
    return result;
  }

  #write(value: object): void {
    this.#io.stdout.write(`${jsonText(value)}\n`);
  }
}

/** Addresses are text, as those of pointers are. */
function frameJson({ address, name, offset, module }: AddressSymbol): PlainRecord {
  const known = name === null ? {} : { name, offset };
  return { address: `0x${address.toString(16)}`, ...known, ...(module === null ? {} : { module }) };
}

/** A copy of a record with another value in one place. */
function replaced(record: Plain, [first, ...rest]: readonly string[], value: Plain): Plain {
  if (first === undefined) return value;
  const members = record as PlainRecord;
  return { ...members, [first]: replaced(members[first] ?? "", rest, value) };
}
