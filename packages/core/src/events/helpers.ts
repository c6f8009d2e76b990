/** Numbers of the helpers that events and their data come from. @see `__BPF_FUNC_MAPPER` in include/uapi/linux/bpf.h */
export const helper = {
  mapLookup: 1,
  perfEventOutput: 25,
  skStorageGet: 107,
  skbOutput: 111,
  xdpOutput: 121,
  ringbufOutput: 130,
  ringbufReserve: 131,
  inodeStorageGet: 145,
  taskStorageGet: 156,
  mapLookupPerCpu: 195,
  ringbufReserveDynptr: 198,
  cgroupStorageGet: 210,
} as const;

/** Helpers that return a pointer to a value of the map in R1. */
export const returnsMapValue: ReadonlySet<number> = new Set([
  helper.mapLookup,
  helper.mapLookupPerCpu,
  helper.skStorageGet,
  helper.inodeStorageGet,
  helper.taskStorageGet,
  helper.cgroupStorageGet,
]);

/** Which register holds what at a call that sends an event; a null register: the call has no such argument. */
export interface OutputCall {
  readonly stream: "perf_event_array" | "ringbuf";
  readonly map: number;
  readonly data: number | null;
  readonly size: number;
  /** Of perf output: its upper half may tell the kernel to append bytes of the packet. */
  readonly flags: number | null;
}

const perfOutput: OutputCall = { stream: "perf_event_array", map: 2, data: 4, size: 5, flags: 3 };
/** What is filled between reserve and submit is a local variable of a type that only the source knows. */
const reserve: OutputCall = { stream: "ringbuf", map: 1, data: null, size: 2, flags: null };

export const outputCalls: ReadonlyMap<number, OutputCall> = new Map([
  [helper.perfEventOutput, perfOutput],
  [helper.skbOutput, perfOutput],
  [helper.xdpOutput, perfOutput],
  [helper.ringbufOutput, { stream: "ringbuf", map: 1, data: 2, size: 3, flags: null }],
  [helper.ringbufReserve, reserve],
  [helper.ringbufReserveDynptr, reserve],
]);
