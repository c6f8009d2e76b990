import { type Layout, type MapLayout, sizeOf } from "@lbc/core/layout";
import {
  type Codec,
  type EventStream,
  type LoadedObject,
  type OpenObject,
  PerfEventArray,
  RingBuffer,
  RuntimeError,
  type TraceLine,
  TracePipe,
} from "@lbc/runtime";
import type { Io } from "../io.ts";
import { attachAll, prepareTargets } from "./attach.ts";
import { detachAll } from "./detach.ts";
import { walk } from "./iterators.ts";
import { JsonOutput } from "./json-output.ts";
import type { Hook } from "./oneliner/hooks.ts";
import type { Translated } from "./oneliner/index.ts";
import type { Output, StreamShape } from "./output.ts";
import { ownLines, printFormats } from "./printk.ts";
import { applySettings } from "./settings.ts";
import { type Column, columnsOf } from "./show/columns.ts";
import { type Plain, plainReader, readRaw } from "./show/plain.ts";
import { type Watched, watchMaps } from "./show/snapshot.ts";
import { Stacks } from "./show/stacks.ts";
import { Stop } from "./stop.ts";
import { TextOutput } from "./text-output.ts";

/** How an object is run. */
export interface SessionOptions {
  /** `name=value`, for globals. */
  readonly settings: readonly string[];
  /** Targets by program, for those whose section names none. */
  readonly targets: ReadonlyMap<string, string>;
  readonly json: boolean;
  /** In milliseconds; until a signal where it is not given. */
  readonly duration: number | undefined;
  /** Between two looks at the maps, in milliseconds; on a terminal a second, elsewhere only at the end. */
  readonly interval: number | undefined;
  /** Entries of a table, and groups of a histogram, that are shown at most. */
  readonly top: number | undefined;
  /** Whether maps begin anew after each look. */
  readonly clear: boolean;
  /** What a one-liner is about; null for other objects. */
  readonly translated: Pick<Translated, "hooks" | "sites" | "hidden"> | null;
}

const defaultInterval = 1000;
/** How soon exit() and the pipe of bpf_printk() are looked at, in milliseconds. */
const pollInterval = 50;

/** Loads, attaches, shows what arrives, and ends. Throws RunError and RuntimeError. */
export async function runObject(open: OpenObject, layout: Layout, options: SessionOptions, io: Io): Promise<void> {
  using resources = new DisposableStack();
  const hooks = options.translated?.hooks ?? new Map<string, Hook>();
  applySettings(open, layout, options.settings);
  prepareTargets(open, layout, options.targets, hooks);
  const formats = printFormats(open, layout);
  const loaded = resources.use(open.load());
  const streams = openStreams(loaded, layout);
  const stacks = new Stacks(loaded, layout);
  const output: Output = options.json ? new JsonOutput(io, { streams, stacks }) : new TextOutput(io, { streams, stacks });
  const printed = printedLines(formats, resources, io);
  const stop = resources.use(new Stop(options.duration));
  const attached = attachAll(loaded, layout, options.targets, hooks, resources);
  output.attached(attached, layout.programs);
  const walkAll = (): void => {
    for (const link of attached.iterators) output.walked(link.program, walk(link));
  };
  const maps = watchMaps(loaded, layout, options.translated?.sites ?? new Map(), options.translated?.hidden ?? new Set());
  const poll = (): void => {
    for (const line of printed()) output.printed(line);
    tellLost(streams, output);
    if (wantsExit(loaded, layout, options)) stop.now("exit");
  };
  repeat(resources, pollInterval, poll);
  const interval = intervalOf(options, io);
  if (interval !== undefined && maps.length > 0) repeat(resources, interval, () => show(maps, output, options, false));
  const { iterators, programs } = attached;
  if (options.interval !== undefined && iterators.length > 0) repeat(resources, options.interval, walkAll);
  runOnce(loaded, hooks, "begin");
  poll();
  // Nothing arrives by itself.
  if (iterators.length > 0 && iterators.length === programs.length && options.interval === undefined) stop.now("done");
  await Promise.all([stop.wait(), ...streams.map((stream) => read(stream, output, stop))]);
  output.ending();
  walkAll();
  await detachAll(loaded.links, (left, seconds) => output.detaching(left, seconds));
  runOnce(loaded, hooks, "end");
  for (const stream of streams) stream.events.drain((event) => output.event(stream, event));
  poll();
  show(maps, output, options, true);
  output.ended(stop.reason ?? "signal");
  await output.ready();
}

/** Rates need a time. */
function intervalOf({ interval, clear, json }: SessionOptions, io: Io): number | undefined {
  return interval ?? (clear || (io.stdout.isTTY === true && !json) ? defaultInterval : undefined);
}

/** What the programs of the object printed since the last call, out of a pipe that all programs of the machine share. */
function printedLines(formats: readonly string[], resources: DisposableStack, io: Io): () => TraceLine[] {
  if (formats.length === 0) return () => [];
  const isOwn = ownLines(formats);
  try {
    const pipe = resources.use(new TracePipe());
    // What was printed before is not ours.
    pipe.read();
    return () => pipe.read().filter(({ message }) => isOwn(message));
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    io.stderr.write(`lbc: what bpf_printk() prints is not shown: ${error.describe()}\n`);
    return () => [];
  }
}

function repeat(resources: DisposableStack, interval: number, work: () => void): void {
  const timer = setInterval(work, interval);
  resources.defer(() => clearInterval(timer));
}

function show(maps: readonly Watched[], output: Output, { top, clear }: SessionOptions, isLast: boolean): void {
  output.maps(
    maps.map((map) => map.take(top ?? Number.POSITIVE_INFINITY)),
    isLast,
  );
  if (clear) for (const map of maps) map.clear();
}

/** A stream that is open for reading. */
interface OpenStream extends StreamShape {
  readonly events: EventStream<Plain>;
  /** Lost so far, as told. */
  lost: number;
}

function openStreams(loaded: LoadedObject, layout: Layout): OpenStream[] {
  return layout.maps.filter(({ access }) => access === "stream-out").map((map) => openStream(loaded, layout, map));
}

const bytesColumn: Column = { name: "bytes", path: [], isNumber: false, width: 1, isStack: false };

function openStream(loaded: LoadedObject, layout: Layout, map: MapLayout): OpenStream {
  const type = map.event?.type ?? null;
  const read = type === null ? readRaw : plainReader(layout, type, map.name);
  const codec: Codec<Plain> = {
    size: type === null ? 0 : sizeOf(layout, type),
    decode: (view, offset, bytes = 0) => read(view, offset, bytes),
    encode: () => {
      throw new TypeError("lbc run reads events only");
    },
  };
  const handle = loaded.map(map.name);
  const { minBytes, maxBytes } = map.event ?? { minBytes: 0, maxBytes: null };
  const wanted = { minBytes, maxBytes: maxBytes ?? Number.POSITIVE_INFINITY };
  const events = handle.type === "perf_event_array" ? new PerfEventArray(handle, codec, wanted) : new RingBuffer(handle, codec, wanted);
  return { map: map.name, columns: type === null ? [bytesColumn] : columnsOf(layout, type, "value"), events, lost: 0 };
}

/** Until the run ends; an error ends it too. */
async function read(stream: OpenStream, output: Output, stop: Stop): Promise<void> {
  for await (const batch of stream.events.batches({ signal: stop.signal })) {
    for (const event of batch) output.event(stream, event);
    await output.ready();
  }
}

function tellLost(streams: readonly OpenStream[], output: Output): void {
  for (const stream of streams) {
    const { lost } = stream.events instanceof PerfEventArray ? stream.events : { lost: 0 };
    if (lost > stream.lost) output.lost(stream.map, lost - stream.lost);
    stream.lost = lost;
  }
}

/** BEGIN and END are programs that are run once. */
function runOnce(loaded: LoadedObject, hooks: ReadonlyMap<string, Hook>, kind: "begin" | "end"): void {
  for (const [name, hook] of hooks) if (hook.kind === kind) loaded.program(name).testRun();
}

/** The variable that exit() of a one-liner sets. */
function wantsExit(loaded: LoadedObject, layout: Layout, { translated }: SessionOptions): boolean {
  if (translated === null) return false;
  for (const { name, members } of layout.sections) {
    const variable = members.find((member) => member.kind === "variable" && member.name === "lbc_exit");
    if (variable !== undefined) return loaded.section(name).view.getUint8(variable.offset) !== 0;
  }
  return false;
}
