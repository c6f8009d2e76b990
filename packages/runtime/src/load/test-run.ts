import { Attr } from "../bpf/attr.ts";
import { command } from "../bpf/commands.ts";
import { systemError } from "../sys/errno.ts";
import type { Sys } from "../sys/sys.ts";

export interface TestRunInput {
  /** A packet, or whatever the program type takes; network programs need 14 bytes at least. */
  readonly data?: Uint8Array;
  readonly context?: Uint8Array;
  /** 1 by default. */
  readonly repeat?: number;
  /** Room for the packet as the program left it; as long as `data` plus 256 by default. */
  readonly outputBytes?: number;
}

export interface TestRunResult {
  readonly returnValue: number;
  readonly data: Uint8Array;
  readonly context: Uint8Array;
  /** Average of one run. */
  readonly nanoseconds: number;
}

/** BPF_PROG_TEST_RUN. @see https://docs.kernel.org/bpf/bpf_prog_run.html */
export function testRun(sys: Sys, name: string, fd: number, input: TestRunInput): TestRunResult {
  const data = input.data ?? new Uint8Array();
  const context = input.context ?? new Uint8Array();
  const dataOut = new Uint8Array(input.outputBytes ?? (data.length === 0 ? 0 : data.length + 256));
  const contextOut = new Uint8Array(context.length);
  const attr = new Attr(sys, 80)
    .u32(0, fd)
    .u32(8, data.length)
    .u32(12, dataOut.length)
    .pointer(16, data)
    .pointer(24, dataOut)
    .u32(32, input.repeat ?? 0)
    .u32(40, context.length)
    .u32(44, contextOut.length)
    .pointer(48, context)
    .pointer(56, contextOut);
  const run = (): number => sys.bpf(command.programTestRun, attr.bytes);
  // A signal, such as a profiler's, would end the runs halfway, and nobody would know how many there were.
  const result = (input.repeat ?? 0) > 1 ? sys.withSignalsBlocked(run) : run();
  if (result < 0) throw systemError(result, "test-run-failed", `running program ${name}`, { type: name });
  return {
    returnValue: attr.getU32(4),
    data: dataOut.subarray(0, attr.getU32(12)),
    context: contextOut.subarray(0, attr.getU32(44)),
    nanoseconds: attr.getU32(36),
  };
}
