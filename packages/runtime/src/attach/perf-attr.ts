import { Attr } from "../bpf/attr.ts";
import type { Sys } from "../sys/sys.ts";

/** `enum perf_type_id` and others. @see include/uapi/linux/perf_event.h */
export const perfType = { hardware: 0, software: 1, tracepoint: 2 } as const;
export const closeOnExec = 8;
const attrSize = 112;
/** `freq` and `sample_period`'s union: bit 10 of the flags. */
const byFrequency = 1 << 10;

export interface PerfAttr {
  readonly type: number;
  readonly config?: number | bigint;
  readonly samplePeriod?: number;
  readonly sampleFrequency?: number;
  /** Such as PERF_SAMPLE_RAW. */
  readonly sampleType?: number;
  readonly wakeupEvents?: number;
  /** Of probes: the function's name or the file's path. */
  readonly config1?: string;
  /** Of probes: an offset. */
  readonly config2?: number | bigint;
}

/** A `struct perf_event_attr`. */
export function perfEventAttr(sys: Sys, attr: PerfAttr): Attr {
  const encoded = new Attr(sys, attrSize)
    .u32(0, attr.type)
    .u32(4, attrSize)
    .u64(8, attr.config ?? 0)
    .u64(16, attr.sampleFrequency ?? attr.samplePeriod ?? 0)
    .u64(24, attr.sampleType ?? 0)
    .u64(40, attr.sampleFrequency === undefined ? 0 : byFrequency)
    .u32(48, attr.wakeupEvents ?? 0)
    .u64(64, attr.config2 ?? 0);
  return attr.config1 === undefined ? encoded : encoded.text(56, attr.config1);
}
