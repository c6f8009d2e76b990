import { linuxSys } from "./sys/linux.ts";
import type { Clock, Sys } from "./sys/sys.ts";

const tries = 5;

/** What the time stamps of programs are in wall-clock time: those of bpf_ktime_get_ns() and bpf_ktime_get_boot_ns(). */
export class WallClock {
  readonly #sys: Sys;
  readonly #offset: Record<"monotonic" | "boottime", bigint> = { monotonic: 0n, boottime: 0n };

  /** Compares the clocks once, so that differences between time stamps stay what they are. */
  constructor(sys: Sys = linuxSys()) {
    this.#sys = sys;
    this.synchronize();
  }

  /** Compares the clocks anew: for programs that run for days, and after the wall clock was set. */
  synchronize(): void {
    this.#offset.monotonic = offsetOf(this.#sys, "monotonic");
    this.#offset.boottime = offsetOf(this.#sys, "boottime");
  }

  /** Nanoseconds since 1970 for a time stamp in nanoseconds: of bpf_ktime_get_ns() ("monotonic") or bpf_ktime_get_boot_ns() ("boottime"). */
  nanoseconds(timestamp: bigint | number, clock: "monotonic" | "boottime" = "monotonic"): bigint {
    return BigInt(timestamp) + this.#offset[clock];
  }

  /** The same, to the millisecond. */
  date(timestamp: bigint | number, clock: "monotonic" | "boottime" = "monotonic"): Date {
    return new Date(Number(this.nanoseconds(timestamp, clock) / 1_000_000n));
  }
}

/** The clocks are read one after the other: of several tries the one that took least is the most exact. */
function offsetOf(sys: Sys, clock: Clock): bigint {
  const measured = Array.from({ length: tries }, () => {
    const before = sys.clock(clock);
    const real = sys.clock("realtime");
    const after = sys.clock(clock);
    return { took: after - before, offset: real - (before + after) / 2n };
  });
  return measured.reduce((best, one) => (one.took < best.took ? one : best)).offset;
}
