import { closeOnExec, perfEventAttr, perfType } from "../attach/perf-attr.ts";
import { updateMap } from "../bpf/commands.ts";
import { RuntimeError } from "../errors.ts";
import { onlineCpus } from "../kernel/cpus.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import { systemError } from "../sys/errno.ts";
import type { Memory } from "../sys/sys.ts";
import type { RecordSource, Records } from "./records.ts";

/** PERF_COUNT_SW_BPF_OUTPUT, PERF_SAMPLE_RAW, PERF_EVENT_IOC_ENABLE. @see include/uapi/linux/perf_event.h */
const bpfOutput = 10;
const sampleRaw = 1 << 10;
const enable = 0x2400;
/** `data_head` and `data_tail` in `struct perf_event_mmap_page`, as indices of 64-bit words. */
const headWord = 1024 / 8;
const tailWord = 1032 / 8;
/** `enum perf_event_type`. */
const recordLost = 2;
const recordSample = 9;
/** A sample's header, then 4 bytes of length, then the data. */
const headerSize = 8;
const sampleStart = 12;

/** The kernel fills a sample up to a multiple of 8 bytes, so that it tells up to 7 more than the program sent. */
const mostFilling = 7;

type OnLost = (count: number, cpu: number) => void;

/** What the rings are told. */
export interface PerfOptions {
  /** Called for each loss that the kernel tells. */
  readonly onLost?: OnLost | undefined;
  /** The most that the program sends, in bytes: what the kernel adds behind that is no part of a record. */
  readonly maxBytes?: number | undefined;
}

/** One ring for each CPU that runs. */
export class PerfSource implements RecordSource {
  readonly #rings: readonly CpuRing[];
  /** The ring that was taken from last. */
  #current = 0;

  /** Throws RuntimeError `codec-mismatch` for another kind of map, `map-failed` where a ring cannot be made. */
  constructor(map: MapHandle, options: PerfOptions = {}) {
    if (map.type !== "perf_event_array") {
      throw new RuntimeError("codec-mismatch", { type: map.name, message: `${map.name} is a ${map.type}, not a perf event array` });
    }
    const rings: CpuRing[] = [];
    try {
      for (const cpu of onlineCpus(map.sys)) rings.push(openRing(map, cpu, options));
    } catch (error) {
      for (const ring of rings) ring.close();
      throw error;
    }
    this.#rings = rings;
  }

  get fds(): readonly number[] {
    return this.#rings.map((ring) => ring.fd);
  }

  /** Events that the kernel had no room for, as far as it told so yet. */
  get lost(): number {
    return this.#rings.reduce((sum, ring) => sum + ring.lost, 0);
  }

  /** The rings are ours alone: each was opened with this source. */
  begin(): void {}

  /** From one CPU at a time, each in its turn. */
  take(records: Records): void {
    records.length = 0;
    for (let tries = 0; tries < this.#rings.length && records.length === 0; tries++) {
      this.#current = (this.#current + 1) % this.#rings.length;
      this.#rings[this.#current]?.take(records);
    }
  }

  release(records: Records, count: number): void {
    this.#rings[this.#current]?.release(records, count);
  }

  close(): void {
    for (const ring of this.#rings) ring.close();
  }
}

function openRing(map: MapHandle, cpu: number, options: PerfOptions): CpuRing {
  const { sys } = map;
  const attr = { type: perfType.software, config: bpfOutput, samplePeriod: 1, sampleType: sampleRaw, wakeupEvents: 1 };
  const what = `opening the ring of ${map.name} on CPU ${cpu}`;
  const fd = sys.perfEventOpen(perfEventAttr(sys, attr).bytes, -1, cpu, -1, closeOnExec);
  if (fd < 0) throw systemError(fd, "map-failed", what, { type: map.name });
  const memory = sys.mmap(fd, (1 + map.pagesPerCpu) * sys.pageSize, 0, "read-write");
  if (typeof memory === "number") {
    sys.close(fd);
    throw systemError(memory, "map-failed", what, { type: map.name, hint: "pagesPerCpu has to be a power of two" });
  }
  const ring = new CpuRing(map, fd, memory, (count) => options.onLost?.(count, cpu), options.maxBytes ?? Number.POSITIVE_INFINITY);
  const word = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer);
  const set = updateMap(sys, map.fd, word(cpu), word(fd));
  const enabled = set < 0 ? set : sys.ioctl(fd, enable, 0);
  if (enabled >= 0) return ring;
  ring.close();
  throw systemError(enabled, "map-failed", what, { type: map.name });
}

/** @see tools/include/uapi/linux/perf_event.h, struct perf_event_mmap_page */
class CpuRing {
  readonly fd: number;
  lost = 0;
  readonly #onLost: (count: number) => void;
  readonly #maxBytes: number;
  readonly #map: MapHandle;
  readonly #memory: Memory;
  readonly #words: BigUint64Array;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #size: number;
  readonly #little: boolean;
  /** Holds a record that goes over the end of the ring. */
  #scratch: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #tail: number;
  /** Where each of the records that were taken last ends. */
  #ends: number[] = [];

  constructor(map: MapHandle, fd: number, memory: Memory, onLost: (count: number) => void, maxBytes: number) {
    const { pageSize, endianness } = map.sys;
    this.fd = fd;
    this.#onLost = onLost;
    this.#maxBytes = maxBytes;
    this.#map = map;
    this.#memory = memory;
    this.#size = map.pagesPerCpu * pageSize;
    this.#words = new BigUint64Array(memory.buffer, 0, pageSize / 8);
    this.#view = new DataView(memory.buffer, pageSize, this.#size);
    this.#bytes = new Uint8Array(memory.buffer, pageSize, this.#size);
    this.#little = endianness === "little";
    this.#tail = Number(Atomics.load(this.#words, tailWord));
  }

  take(records: Records): void {
    const head = Number(Atomics.load(this.#words, headWord));
    this.#ends = [];
    records.view = this.#view;
    while (this.#ends.length < records.capacity) {
      const begin = this.#ends.at(-1) ?? this.#tail;
      if (begin >= head) break;
      const at = begin % this.#size;
      const total = this.#view.getUint16(at + 6, this.#little);
      if (total < headerSize) throw new RuntimeError("bad-object", { type: this.#map.name, message: "a ring of the kernel is damaged" });
      const wraps = at + total > this.#size;
      if (wraps && records.length > 0) break;
      const type = this.#view.getUint32(at, this.#little);
      if (type === recordSample) {
        this.#add(records, at, total, wraps);
        this.#ends.push(begin + total);
        if (wraps) break;
        continue;
      }
      if (this.#ends.length > 0) break;
      const lost = type === recordLost ? this.#lostIn(at, total) : 0;
      this.lost += lost;
      this.#advance(begin + total);
      if (lost > 0) this.#onLost(lost);
    }
  }

  #add(records: Records, at: number, total: number, wraps: boolean): void {
    const start = wraps ? 0 : at;
    if (wraps) records.view = this.#unwrapped(at, total);
    records.offsets[records.length] = start + sampleStart;
    const size = records.view.getUint32(start + headerSize, this.#little);
    records.sizes[records.length++] = size - this.#maxBytes <= mostFilling ? Math.min(size, this.#maxBytes) : size;
  }

  /** `struct { header; u64 id; u64 lost; }` */
  #lostIn(at: number, total: number): number {
    const view =
      at + total > this.#size ? this.#unwrapped(at, total) : new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, total);
    return Number(view.getBigUint64(16, this.#little));
  }

  #unwrapped(at: number, total: number): DataView {
    if (this.#scratch.length < total) this.#scratch = new Uint8Array(total);
    const first = this.#bytes.subarray(at);
    this.#scratch.set(first.subarray(0, Math.min(first.length, total)));
    if (first.length < total) this.#scratch.set(this.#bytes.subarray(0, total - first.length), first.length);
    return new DataView(this.#scratch.buffer, 0, total);
  }

  release(_records: Records, count: number): void {
    const end = this.#ends[count - 1];
    if (end !== undefined) this.#advance(end);
  }

  #advance(tail: number): void {
    this.#tail = tail;
    Atomics.store(this.#words, tailWord, BigInt(tail));
  }

  close(): void {
    this.#memory.unmap();
    this.#map.sys.close(this.fd);
  }
}
