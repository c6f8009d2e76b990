/** Load, attach and read BPF programs on Node, without libbpf. */

export { ipv4Text, ipv6Text } from "./address-text.ts";
export type { Link } from "./attach/link.ts";
export type { AttachTargets, PerfEventTarget } from "./attach-target.ts";
export { bytes, type Codec, readText, type Scalars, scalars, text, writeText } from "./codec.ts";
export { enumName } from "./codegen/enum-name.ts";
export type { TraceLine } from "./debug-output/trace-line.ts";
export { TracePipe } from "./debug-output/trace-pipe.ts";
export { RuntimeError, type RuntimeErrorCode, type RuntimeErrorDetails } from "./errors.ts";
export type { Batch, ReadonlyView } from "./events/batch.ts";
export { type EventOptions, EventStream, type WaitOptions } from "./events/event-stream.ts";
export { PerfEventArray } from "./events/perf-event-array.ts";
export { RingBuffer } from "./events/ring-buffer.ts";
export { LoadedObject } from "./load/loaded-object.ts";
export type { Program } from "./load/loaded-program.ts";
export { type OpenMap, OpenObject, type OpenOptions, type OpenProgram, type OpenSection } from "./load/open-object.ts";
export type { Section } from "./load/section.ts";
export type { TestRunInput, TestRunResult } from "./load/test-run.ts";
export { type RegisterState, type SourcePlace, type VerifierReport, verifierReportText } from "./load/verifier-log.ts";
export { IndexedMap, PerCpuIndexedMap } from "./maps/indexed-map.ts";
export { KeyedMap, PerCpuKeyedMap } from "./maps/keyed-map.ts";
export { MapHandle, type UpdateMode } from "./maps/map-handle.ts";
export { QueueMap } from "./maps/queue-map.ts";
export { WallClock } from "./wall-clock.ts";
