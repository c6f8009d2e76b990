/** What is timed: draining a ring, operations of a map, or opening, loading and attaching. */
export const subjects = ["events", "maps", "load"] as const;
export type Subject = (typeof subjects)[number];

/**
 * A program that times one runtime in a process of its own: `… events|maps|load OBJECT`. It loads OBJECT itself, which is runtime.bpf.c
 * compiled, and execsnoop for `load`, and prints a line of JSON for each {@link Line}.
 *
 * - `events`: 10 rounds of: run `fill` 200,000 times by BPF_PROG_TEST_RUN, on 64 bytes; then drain `events`, where only the drain is timed.
 *   Every event's fields are all read, and their sum is printed. Measures: "single events", "batches".
 * - `maps`: 10 rounds over keys 0 to 9,999 of `counts`: "update" to key + round, "lookup" (sum of the values), then all at once
 *   "batch update" to the key itself, and "batch lookup" (sum of keys and values).
 *
 * - `load`: open, load, attach, close: "first load" once, "load again" 20 times. The first one begins where `main` does: a runtime's libraries
 *   are linked or imported by then, and whatever it compiles (Node), reads or asks the kernel for the first time is part of it.
 *
 * A runtime that compiles while it runs (Node) does a round of events, and the operations on maps, once before they are timed. Where a u64
 * is an object (Node's BigInt), "update" writes ones that were made before; "update, new BigInt" makes each of them as well.
 */
export interface RuntimePeer {
  /** As the table has it: `libbpf (C)`. */
  readonly name: string;
  /** Names of the peers that it is compared with: the first of them that ran. None where others are compared with it. */
  readonly against: readonly string[];
  /** What it can be timed with; all by default. */
  readonly subjects?: readonly Subject[];
  /** The command that installs what it needs, null where that is there. A peer that is missing is named and left out. */
  missing?(): Promise<string | null>;
  /** Builds it in `folder`, which is its own, and gives the words that start it. */
  build(folder: string, object: string): Promise<readonly string[]>;
}

/** One measure of one process. */
export interface Line {
  readonly measure: string;
  readonly count: number;
  readonly nanoseconds: number;
  /** Of all that was read: the same in every peer, or it read something else. */
  readonly sum: number;
}
