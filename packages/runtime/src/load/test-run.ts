import type { ProgramType } from "@lbc/core/object";
import { Attr } from "../bpf/attr.ts";
import { command } from "../bpf/commands.ts";
import { RuntimeError } from "../errors.ts";
import { errno, systemError } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";

export interface TestRunInput {
  /** A packet, or whatever the program type takes; network programs need 14 bytes at least. */
  readonly data?: Uint8Array;
  readonly context?: Uint8Array;
  /** 1 by default. */
  readonly repeat?: number;
  /** Room for the packet as the program left it; as long as `data` plus 256 by default. */
  readonly outputBytes?: number;
  /** Of raw tracepoints: the CPU that it runs on (BPF_F_TEST_RUN_ON_CPU), the caller's by default. */
  readonly cpu?: number;
  /** Of XDP programs: whether what it says happens to the packets (BPF_F_TEST_XDP_LIVE_FRAMES, Linux 5.18); nothing of them is given back. */
  readonly liveFrames?: boolean;
  /** Of live frames: how many are handled at once, 64 by default, 256 at most. */
  readonly batchSize?: number;
  /** Other `BPF_F_TEST_*` bits of include/uapi/linux/bpf.h. */
  readonly flags?: number;
}

export interface TestRunResult {
  readonly returnValue: number;
  readonly data: Uint8Array;
  readonly context: Uint8Array;
  /** Average of one run. */
  readonly nanoseconds: number;
}

/** BPF_F_TEST_RUN_ON_CPU and BPF_F_TEST_XDP_LIVE_FRAMES. @see include/uapi/linux/bpf.h */
const runOnCpu = 1 << 0;
const xdpLiveFrames = 1 << 1;

/** Types that have no other place for the context than that of the input; the kernel writes there, or not at all. */
const contextInPlace: ReadonlySet<ProgramType> = new Set(["syscall", "tracing", "raw_tracepoint", "raw_tracepoint_writable"]);

export interface RunProgram {
  readonly name: string;
  readonly type: ProgramType;
  readonly fd: number;
}

/** BPF_PROG_TEST_RUN. @see https://docs.kernel.org/bpf/bpf_prog_run.html */
export function testRun(sys: Sys, { name, type, fd }: RunProgram, input: TestRunInput): TestRunResult {
  const { cpu, liveFrames = false, repeat = 0 } = input;
  const data = input.data ?? new Uint8Array();
  const context = input.context?.slice() ?? new Uint8Array();
  const dataOut = new Uint8Array(liveFrames ? 0 : (input.outputBytes ?? (data.length === 0 ? 0 : data.length + 256)));
  const contextOut = new Uint8Array(liveFrames || contextInPlace.has(type) ? 0 : context.length);
  const flags = (input.flags ?? 0) | (cpu === undefined ? 0 : runOnCpu) | (liveFrames ? xdpLiveFrames : 0);
  const attr = new Attr(sys, 80)
    .u32(0, fd)
    .u32(8, data.length)
    .u32(12, dataOut.length)
    .pointer(16, data)
    .pointer(24, dataOut)
    .u32(32, checked(name, "repeat", repeat))
    .u32(40, context.length)
    .u32(44, contextOut.length)
    .pointer(48, context)
    .pointer(56, contextOut)
    .u32(64, checked(name, "flags", flags >>> 0))
    .u32(68, checked(name, "cpu", cpu ?? 0))
    .u32(72, checked(name, "batchSize", input.batchSize ?? 0));
  const run = (): number => sys.bpf(command.programTestRun, attr.bytes);
  // A signal, such as a profiler's, would end the runs halfway, and nobody would know how many there were.
  const result = repeat > 1 ? sys.withSignalsBlocked(run) : run();
  if (result < 0) throw refused(result, name, input);
  return {
    returnValue: attr.getU32(4),
    data: dataOut.subarray(0, attr.getU32(12)),
    context: contextInPlace.has(type) ? context : contextOut.subarray(0, attr.getU32(44)),
    nanoseconds: attr.getU32(36),
  };
}

function checked(program: string, what: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value;
  throw new RuntimeError("out-of-range", {
    type: program,
    message: `${what} of a run of ${program} is ${value}`,
    hint: "it is a whole number of 32 bits",
  });
}

function refused(result: number, name: string, { cpu, liveFrames, batchSize }: TestRunInput): RuntimeError {
  const hint =
    -result === errno.EINVAL && cpu !== undefined
      ? "only raw tracepoints run on a CPU that is chosen, since Linux 5.10"
      : -result === errno.EINVAL && (liveFrames === true || batchSize !== undefined)
        ? "only XDP programs have live frames, since Linux 5.18; a batchSize is for them, and is 256 at most"
        : undefined;
  return systemError(result, "test-run-failed", `running program ${name}`, { type: name, ...(hint === undefined ? {} : { hint }) });
}
