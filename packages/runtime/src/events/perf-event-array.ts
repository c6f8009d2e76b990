import type { Codec } from "../codec.ts";
import type { MapHandle } from "../maps/map-handle.ts";
import { type EventOptions, EventStream } from "./event-stream.ts";
import { PerfSource } from "./perf-source.ts";

/** One ring for each CPU, open from construction on. Records of no known length carry up to 7 bytes more than the program sent. */
export class PerfEventArray<T> extends EventStream<T> {
  /** Throws RuntimeError `codec-mismatch` for another kind of map. */
  constructor(map: MapHandle, event: Codec<T>, options: EventOptions = {}) {
    super(map, new PerfSource(map, options), event, options);
  }
}
