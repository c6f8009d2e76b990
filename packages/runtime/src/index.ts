// The public API, first as signatures; the implementation replaces them with classes of the same names.
import type { AttachKind, MapType, ProgramType } from "@lbc/core/object";
import type { AttachTargets } from "./attach-target.ts";
import type { Codec } from "./codec.ts";

export type { AttachTargets, PerfEventTarget } from "./attach-target.ts";
export { bytes, type Codec, readText, type Scalars, scalars, text, writeText } from "./codec.ts";
export { enumName } from "./codegen/enum-name.ts";
export { RuntimeError, type RuntimeErrorCode, type RuntimeErrorDetails } from "./errors.ts";

export interface OpenOptions {
  /** The kernel's BTF, as bytes or as a file; /sys/kernel/btf/vmlinux by default. */
  readonly kernelBtf?: Uint8Array | string;
  /** The text of the kernel's configuration; /proc/config.gz or /boot/config-RELEASE by default. */
  readonly kconfig?: string;
}

/** A BPF object in user space: what it declares can still be changed. */
export declare class OpenObject implements Disposable {
  /** Throws LbcError for bad input; needs no privilege. */
  static open(object: Uint8Array, options?: OpenOptions): OpenObject;
  /** By kernel name. Throws RuntimeError `no-such-map`. */
  map(name: string): OpenMap;
  program(name: string): OpenProgram;
  /** By ELF name, such as `.rodata`. Throws `no-such-section`. */
  section(name: string): OpenSection;
  /** Hands everything to the kernel. Takes over this object: it cannot be used again, and is freed if this throws. */
  load(): LoadedObject;
  close(): void;
  [Symbol.dispose](): void;
}
export interface OpenMap {
  readonly name: string;
  readonly type: MapType;
  /** Entries, or bytes for ring buffers. */
  maxEntries: number;
  /** Of perf event arrays: pages of ring buffer for each CPU, a power of two, 64 by default. */
  pagesPerCpu: number;
}
export interface OpenProgram {
  readonly name: string;
  readonly section: string;
  /** Whether `load()` loads it. */
  autoload: boolean;
  /** Whether the object's `attach()` attaches it. */
  autoattach: boolean;
}
export interface OpenSection {
  readonly name: string;
  /** The initial bytes, writable until load. Throws `already-loaded` afterwards. */
  readonly view: DataView;
}

/** A BPF object in the kernel. Owns its maps, programs, links and mapped memory. */
export declare class LoadedObject implements Disposable {
  map(name: string): MapHandle;
  program<Kind extends AttachKind["kind"] = AttachKind["kind"]>(name: string): Program<Kind>;
  section(name: string): Section;
  /** Attaches every loaded program that knows its target; detaches those done if one fails. Links belong to the object. */
  attach(): void;
  readonly links: readonly Link[];
  /** Ends every wait, detaches, unmaps, closes. May be called again. */
  close(): void;
  [Symbol.dispose](): void;
}

/** A data section in memory that the programs share. */
export interface Section {
  readonly name: string;
  /** Live memory: every read sees what the programs wrote. .rodata is a copy, since it cannot change. Throws `closed` after close. */
  readonly view: DataView;
}

export interface Program<Kind extends AttachKind["kind"] = AttachKind["kind"]> {
  readonly name: string;
  readonly type: ProgramType;
  /** Throws `not-loaded` where autoload was off. */
  readonly fd: number;
  /** Without a target: to what the section in the source says. The link belongs to the object, and may be closed before it. */
  attach(target?: AttachTargets[Kind]): Link;
  testRun(input?: TestRunInput): TestRunResult;
}
export interface TestRunInput {
  /** A packet, or whatever the program type takes. */
  readonly data?: Uint8Array;
  readonly context?: Uint8Array;
  /** 1 by default. */
  readonly repeat?: number;
  /** Room for the packet as the program left it, as long as `data` plus 256 by default. */
  readonly outputBytes?: number;
}
export interface TestRunResult {
  readonly returnValue: number;
  readonly data: Uint8Array;
  readonly context: Uint8Array;
  /** Average of one run. */
  readonly nanoseconds: number;
}

export interface Link extends Disposable {
  /** Name of the program. */
  readonly program: string;
  /** The link's descriptor; null where the kernel has no link for it (an old perf event, a socket). */
  readonly fd: number | null;
  /** Detaches. May be called again. */
  close(): void;
}

/** "any" creates or replaces, "create" throws `key-exists`, "replace" throws `key-not-found`. */
export type UpdateMode = "any" | "create" | "replace";

/** A map as bytes: what every map has, whatever its type. Typed maps are made from it. */
export declare class MapHandle {
  readonly name: string;
  readonly type: MapType;
  readonly fd: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Of perf event arrays. */
  readonly pagesPerCpu: number;
  lookup(key: Uint8Array): Uint8Array | undefined;
  update(key: Uint8Array, value: Uint8Array, mode?: UpdateMode): void;
  /** False where the key was not there. */
  delete(key: Uint8Array): boolean;
  keys(): IterableIterator<Uint8Array>;
}

/** Hash, LRU hash, LPM trie, hash-like storages. Throws `codec-mismatch` where the codecs' sizes are not the map's. */
export declare class KeyedMap<K, V> implements Iterable<[K, V]> {
  constructor(map: MapHandle, key: Codec<K>, value: Codec<V>);
  readonly map: MapHandle;
  get(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, value: V, mode?: UpdateMode): void;
  /** False where the key was not there. */
  delete(key: K): boolean;
  /** Removes a key and gives its last value. */
  take(key: K): V | undefined;
  clear(): void;
  /** Safe while the map changes: an entry that was there all the time is seen, none twice unless it was made again. */
  keys(): IterableIterator<K>;
  values(): IterableIterator<V>;
  entries(): IterableIterator<[K, V]>;
  [Symbol.iterator](): IterableIterator<[K, V]>;
}
/** One value for each possible CPU, in order of CPU number. */
export declare class PerCpuKeyedMap<K, V> extends KeyedMap<K, V[]> {}

/** Array: every index below `length` has a value. Throws `bad-index` past it. */
export declare class IndexedMap<V> implements Iterable<V> {
  constructor(map: MapHandle, value: Codec<V>);
  readonly map: MapHandle;
  readonly length: number;
  get(index: number): V;
  set(index: number, value: V): void;
  values(): IterableIterator<V>;
  entries(): IterableIterator<[number, V]>;
  [Symbol.iterator](): IterableIterator<V>;
}
export declare class PerCpuIndexedMap<V> extends IndexedMap<V[]> {}

/** BPF_MAP_TYPE_QUEUE and BPF_MAP_TYPE_STACK. */
export declare class QueueMap<V> {
  constructor(map: MapHandle, value: Codec<V>);
  readonly map: MapHandle;
  push(value: V): void;
  pop(): V | undefined;
  peek(): V | undefined;
}

export interface WaitOptions {
  /** Ends the wait; iteration then ends as if the stream had been closed. */
  readonly signal?: AbortSignal;
}

export interface EventOptions {
  /** Shorter records throw `event-too-short`; the codec's size by default. What is missing up to the codec's size reads as zero. */
  readonly minBytes?: number;
}

/** A DataView that must not be written through: the memory is mapped read-only. */
export type ReadonlyView = Omit<DataView, `set${string}`>;

/** Records in mapped memory, valid until the next step of the iteration, and throwing `closed` (or TypeError through a kept view) after it ended. */
export interface Batch<T> extends Iterable<T> {
  readonly length: number;
  /** The mapped memory; record `i` begins at `offsets[i]` and has `sizes[i]` bytes. */
  readonly view: ReadonlyView;
  readonly offsets: Uint32Array;
  readonly sizes: Uint32Array;
  /** A decoded copy of one record. */
  at(index: number): T;
  forEach(callback: (event: T, size: number) => void): void;
}

/** What ring buffers and perf event arrays have in common. One reader at a time: a second one throws `already-reading`. */
export interface EventStream<T> extends AsyncIterable<T>, Disposable {
  /** Single events, copies that are safe to keep. Ends on close. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
  /** The same, ended by a signal as well. */
  events(options?: WaitOptions): AsyncIterableIterator<T>;
  /** Many events at once, for speed. */
  batches(options?: WaitOptions): AsyncIterableIterator<Batch<T>>;
  /** Calls back for each event until the stream is closed or the signal comes; the size is the record's, in bytes. */
  forEach(callback: (event: T, size: number) => void, options?: WaitOptions): Promise<void>;
  /** What is there now, without waiting; gives the number of events. */
  drain(callback: (event: T, size: number) => void): number;
  /** Ends every wait and unmaps. May be called again. */
  close(): void;
}

/** @see https://docs.kernel.org/bpf/ringbuf.html */
export declare class RingBuffer<T> implements EventStream<T> {
  constructor(map: MapHandle, event: Codec<T>, options?: EventOptions);
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
  events(options?: WaitOptions): AsyncIterableIterator<T>;
  batches(options?: WaitOptions): AsyncIterableIterator<Batch<T>>;
  forEach(callback: (event: T, size: number) => void, options?: WaitOptions): Promise<void>;
  drain(callback: (event: T, size: number) => void): number;
  close(): void;
  [Symbol.dispose](): void;
}

/** One ring for each CPU, open from construction on. A record carries up to 7 bytes more than the program sent. */
export declare class PerfEventArray<T> implements EventStream<T> {
  constructor(map: MapHandle, event: Codec<T>, options?: EventOptions);
  /** Events that the kernel dropped because a ring was full. */
  readonly lost: number;
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
  events(options?: WaitOptions): AsyncIterableIterator<T>;
  batches(options?: WaitOptions): AsyncIterableIterator<Batch<T>>;
  forEach(callback: (event: T, size: number) => void, options?: WaitOptions): Promise<void>;
  drain(callback: (event: T, size: number) => void): number;
  close(): void;
  [Symbol.dispose](): void;
}
