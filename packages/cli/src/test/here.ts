import { spawn } from "node:child_process";
import { release } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { LbcError } from "@lbc/core";
import type { Layout, ProgramLayout } from "@lbc/core/layout";
import {
  type Codec,
  type EventStream,
  type LoadedObject,
  OpenObject,
  PerfEventArray,
  RingBuffer,
  RuntimeError,
  verifierReportText,
} from "@lbc/runtime";
import type { CommandResult, KernelResult, ProgramResult, StreamResult } from "./result.ts";

export interface HereOptions {
  /** Run while the programs are attached; without one, events are awaited for `duration`. */
  readonly command: readonly string[];
  /** In milliseconds. */
  readonly duration: number;
}

/** Loads and attaches an object on the running kernel, program by program, and counts what it sends. Throws only for bugs. */
export async function testHere(object: Uint8Array, layout: Layout, options: HereOptions): Promise<KernelResult> {
  const kernel = release();
  const refused = new Map<string, string>();
  let loaded: LoadedObject | null = null;
  try {
    loaded = loadWhatLoads(object, layout, refused);
  } catch (error) {
    return { kernel, programs: [], streams: [], command: null, problem: describe(error) };
  }
  using _ = loaded;
  const programs = layout.programs.map((program) => attachOne(loaded, program, refused.get(program.name)));
  const { streams, command } = await watch(loaded, layout, options);
  return { kernel, programs, streams, command, problem: null };
}

/** Leaves out each program that the kernel refuses, so that one of them does not hide what becomes of the others. */
function loadWhatLoads(object: Uint8Array, layout: Layout, refused: Map<string, string>): LoadedObject {
  for (;;) {
    using open = OpenObject.open(object, { name: layout.object.name });
    for (const name of refused.keys()) open.program(name).autoload = false;
    try {
      return open.load();
    } catch (error) {
      const culprit = error instanceof LbcError ? error.place.type : undefined;
      const isProgram = layout.programs.some(({ name, autoload }) => name === culprit && autoload);
      if (culprit === undefined || !isProgram || refused.has(culprit)) throw error;
      refused.set(culprit, describe(error));
    }
  }
}

function attachOne(loaded: LoadedObject, { name, section, autoload, autoattach }: ProgramLayout, refusal?: string): ProgramResult {
  if (!autoload) return { name, section, state: "off", problem: null };
  if (refusal !== undefined) return { name, section, state: "refused", problem: refusal };
  if (!autoattach) return { name, section, state: "loaded", problem: null };
  try {
    loaded.program(name).attach();
    return { name, section, state: "attached", problem: null };
  } catch (error) {
    return { name, section, state: "not-attached", problem: describe(error) };
  }
}

/** The verifier's words where it has any, else the error and what to do about it. */
function describe(error: unknown): string {
  if (!(error instanceof LbcError)) return String(error);
  if (error instanceof RuntimeError && error.verifierReport !== undefined) return verifierReportText(error.verifierReport);
  return [error.describe(), error.hint === undefined ? "" : `hint: ${error.hint}`].filter((text) => text !== "").join("\n");
}

interface Counted {
  readonly map: string;
  readonly stream: EventStream<null>;
  events: number;
}

/** Events are counted, not read: their bytes are the user's. */
const uncounted: Codec<null> = {
  size: 0,
  decode: () => null,
  encode: () => {
    throw new TypeError("lbc test sends no events");
  },
};

async function watch(loaded: LoadedObject, layout: Layout, { command, duration }: HereOptions) {
  const counted: Counted[] = layout.maps
    .filter(({ access }) => access === "stream-out")
    .map(({ name }) => {
      const map = loaded.map(name);
      return {
        map: name,
        stream: map.type === "perf_event_array" ? new PerfEventArray(map, uncounted) : new RingBuffer(map, uncounted),
        events: 0,
      };
    });
  const end = new AbortController();
  const reading = counted.map(async (stream) => {
    for await (const batch of stream.stream.batches({ signal: end.signal })) stream.events += batch.length;
  });
  let finished: CommandResult | null = null;
  if (command.length === 0) await delay(duration);
  else finished = await runCommand(command);
  end.abort();
  await Promise.all(reading);
  const streams: StreamResult[] = counted.map((one) => {
    one.stream.drain(() => {
      one.events += 1;
    });
    return { map: one.map, events: one.events, lost: one.stream.lost };
  });
  return { streams, command: finished };
}

/** What is kept of a command's output, in characters: a failure says why at its end. */
const keptOutput = 4000;

function runCommand([program = "", ...args]: readonly string[]): Promise<CommandResult> {
  let output = "";
  const keep = (text: string) => {
    output = (output + text).slice(-keptOutput);
  };
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", keep);
    child.on("error", (error) => resolve({ exitCode: 127, output: error.message }));
    child.on("close", (exitCode) => resolve({ exitCode, output: output.trimEnd() }));
  });
}
