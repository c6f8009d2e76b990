import type { Codec } from "../codec.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import { type EventOptions, EventStream } from "./event-stream.ts";
import { PerfSource } from "./perf-source.ts";
import { RingSource } from "./ring-source.ts";

/**
 * One ring for all CPUs: events arrive in the order in which they were reserved. A map of `LBC_EMIT` that became a perf event array,
 * since the kernel has no ring buffers, is read as what it became: then events of different CPUs come in any order.
 * @see https://docs.kernel.org/bpf/ringbuf.html
 */
export class RingBuffer<T> extends EventStream<T> {
  /** Throws RuntimeError `codec-mismatch` for another kind of map. */
  constructor(map: MapHandle, event: Codec<T>, options: EventOptions = {}) {
    super(map, map.type === "perf_event_array" ? new PerfSource(map, options) : new RingSource(map), event, options);
  }
}
