/** A line of bpf_printk(), taken apart. */
export interface TraceLine {
  /** Name of the thread that ran; `<...>` where the kernel has forgotten it. */
  readonly task: string;
  readonly pid: number;
  readonly cpu: number;
  /** Interrupts, preemption and so on, as in `d..31`. */
  readonly flags: string;
  /** Seconds of the tracing clock, which is near to the monotonic one. */
  readonly seconds: number;
  readonly message: string;
  /** All of it, without the line break. */
  readonly text: string;
}

/** A name may hold anything, spaces and dashes too: what comes after it is matched from the end. */
const parts = /^\s*(.*)-(\d+)\s+(?:\([\s\d-]+\)\s+)?\[(\d+)\]\s+(\S+)\s+(\d+\.\d+):\s(?:bpf_trace_printk|0x[0-9a-f]+|\S+?):\s?(.*)$/;

/** Null for lines that the kernel adds, such as `CPU:1 [LOST 5 EVENTS]`. @see https://docs.kernel.org/trace/ftrace.html (trace_pipe) */
export function parseTraceLine(text: string): TraceLine | null {
  const match = parts.exec(text);
  if (match === null) return null;
  const [, task = "", pid, cpu, flags = "", seconds, message = ""] = match;
  return { task, pid: Number(pid), cpu: Number(cpu), flags, seconds: Number(seconds), message, text };
}
