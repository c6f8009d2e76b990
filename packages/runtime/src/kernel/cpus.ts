import { RuntimeError } from "../errors.ts";
import type { Sys } from "../sys/sys.ts";

const utf8 = new TextDecoder();

/** `0-3,8` → [0, 1, 2, 3, 8]. */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .flatMap((range) => {
      const [first = Number.NaN, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

function cpus(sys: Sys, which: "possible" | "online"): number[] {
  const path = `/sys/devices/system/cpu/${which}`;
  const list = sys.readFile(path);
  if (list === null)
    throw new RuntimeError("unsupported", { file: path, message: "the CPUs of this machine are not known", hint: "mount sysfs on /sys" });
  return parseCpuList(utf8.decode(list));
}

/** How many values a per-CPU map holds for each key: up to the highest CPU that could ever be plugged in. */
export function possibleCpus(sys: Sys): number {
  return Math.max(...cpus(sys, "possible")) + 1;
}

/** The numbers of the CPUs that run now. */
export function onlineCpus(sys: Sys): number[] {
  return cpus(sys, "online");
}
