import type { ProgramLayout } from "@lbc/core/layout";
import type { TraceLine } from "@lbc/runtime";
import type { Attached } from "./attach.ts";
import type { Column } from "./show/columns.ts";
import type { Plain } from "./show/plain.ts";
import type { Snapshot } from "./show/snapshot.ts";
import type { Stacks } from "./show/stacks.ts";
import type { Reason } from "./stop.ts";

/** A map whose events are shown. */
export interface StreamShape {
  readonly map: string;
  readonly columns: readonly Column[];
}

/** Where what arrives goes: to people or to programs. */
export interface Output {
  attached(attached: Attached, programs: readonly ProgramLayout[]): void;
  event(stream: StreamShape, event: Plain): void;
  /** Events that the kernel had no room for, since the last time. */
  lost(map: string, count: number): void;
  printed(line: TraceLine): void;
  /** What an iterator wrote. */
  walked(program: string, lines: readonly string[]): void;
  /** `isLast`: what is there at the end. */
  maps(snapshots: readonly Snapshot[], isLast: boolean): void;
  /** The programs are about to be detached; what is left in the buffers comes behind that. */
  ending(): void;
  /** Detaching takes long: so many are left, for about so many seconds. */
  detaching(left: number, seconds: number): void;
  ended(reason: Reason): void;
  /** Resolves when what was written has gone on, so that a slow reader is not outrun. */
  ready(): Promise<void>;
}

/** What an output needs to know of what is running. */
export interface OutputContext {
  readonly streams: readonly StreamShape[];
  readonly stacks: Pick<Stacks, "of">;
}
