import type { TraceLine } from "@lbc/runtime";
import { plural } from "../inspect/text.ts";
import type { Io } from "../io.ts";
import { type Attached, skippedHint } from "./attach.ts";
import { drained } from "./drain.ts";
import type { Output, OutputContext, StreamShape } from "./output.ts";
import { cellText } from "./show/columns.ts";
import { EventTable } from "./show/event-table.ts";
import type { Plain } from "./show/plain.ts";
import { Screen } from "./show/screen.ts";
import type { Snapshot } from "./show/snapshot.ts";
import { snapshotLines } from "./show/snapshot-text.ts";
import { stackLines } from "./show/stacks.ts";

/** For people: events as rows, maps below them. */
export class TextOutput implements Output {
  readonly #io: Io;
  readonly #screen: Screen;
  readonly #context: OutputContext;
  readonly #tables: ReadonlyMap<string, EventTable>;

  constructor(io: Io, context: OutputContext) {
    const { streams } = context;
    const widest = Math.max(0, ...streams.map(({ map }) => map.length));
    this.#io = io;
    this.#screen = new Screen(io.stdout);
    this.#context = context;
    this.#tables = new Map(streams.map(({ map, columns }) => [map, new EventTable(columns, streams.length > 1 ? map.padEnd(widest) : "")]));
  }

  attached({ programs, skipped }: Attached): void {
    for (const program of skipped) this.#io.stderr.write(`lbc: ${program.name} is not attached; ${skippedHint(program)}\n`);
    const count = programs.length === 0 ? "" : `${plural(programs.length, "program")} attached; `;
    if (this.#screen.isTerminal) this.#io.stderr.write(`${count}Ctrl-C ends it\n`);
    // Who waits for the first event sees what it will be.
    if (this.#tables.size === 1) for (const table of this.#tables.values()) this.#screen.print(table.heading());
  }

  event({ map, columns }: StreamShape, event: Plain): void {
    const stacks = this.#context.stacks.of(columns, event);
    const lines = [...stacks.values()].flatMap(({ id, stack }) => stackLines(id, stack, "    "));
    this.#screen.print([...(this.#tables.get(map)?.rows(event) ?? []), ...lines]);
  }

  lost(map: string, count: number): void {
    this.#screen.clear();
    this.#io.stderr.write(`lbc: ${plural(count, "event")} of ${map} lost: they came faster than they could be shown\n`);
  }

  printed({ message }: TraceLine): void {
    this.#screen.print([message]);
  }

  walked(_program: string, lines: readonly string[]): void {
    this.#screen.print(lines.map((line) => line.split("\t").map(cellText).join("\t")));
  }

  maps(snapshots: readonly Snapshot[], isLast: boolean): void {
    const parts = snapshots.map((snapshot) => snapshotLines(snapshot, this.#context.stacks)).filter((lines) => lines.length > 0);
    const lines = parts.flatMap((part) => ["", ...part]);
    if (isLast) {
      this.#screen.clear();
      this.#screen.print(lines);
    } else this.#screen.draw(lines);
  }

  ending(): void {
    this.#screen.eraseLine();
  }

  detaching(left: number, seconds: number): void {
    this.#screen.clear();
    this.#io.stderr.write(`lbc: detaching; ${plural(left, "hook")} left, about ${seconds} s\n`);
  }

  ended(): void {
    this.#screen.clear();
  }

  ready(): Promise<void> {
    return drained(this.#io.stdout);
  }
}
