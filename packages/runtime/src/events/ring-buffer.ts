import type { Codec } from "../codec.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import { type EventOptions, EventStream } from "./event-stream.ts";
import { RingSource } from "./ring-source.ts";

/** One ring for all CPUs: events arrive in the order in which they were reserved. @see https://docs.kernel.org/bpf/ringbuf.html */
export class RingBuffer<T> extends EventStream<T> {
  /** Throws RuntimeError `codec-mismatch` for another kind of map. */
  constructor(map: MapHandle, event: Codec<T>, options: EventOptions = {}) {
    super(map, new RingSource(map), event, options);
  }
}
