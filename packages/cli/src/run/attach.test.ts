import { RuntimeError } from "@lbc/runtime";
import { describe, expect, test } from "vitest";
import { attachPerf } from "./attach.ts";
import { parseHook } from "./oneliner/hooks.ts";

/** Attaches to what is written, on a machine that answers so. */
function attachWhere(errno: string, written: string): void {
  const hook = parseHook({ text: written, line: 1, column: 1 });
  if (hook.kind !== "perf") throw new TypeError(`${written} is no perf event`);
  const attach = (): never => {
    throw new RuntimeError("attach-failed", { message: `attaching: ${errno}`, errno });
  };
  attachPerf({ name: "on_event", attach }, hook);
}

describe("a perf event", () => {
  test.each([
    ["ENOENT", "hardware:cache-misses:1000", "hardware:cache-misses"],
    ["EOPNOTSUPP", "hardware:cycles", "hardware:cpu-cycles"],
    ["ENOENT", "software:faults", "software:page-faults"],
  ])("that the machine does not count (%s) is named, with those that there are everywhere", (errno, written, name) => {
    expect(() => attachWhere(errno, written)).toThrow(
      expect.objectContaining({
        code: "unsupported",
        message: `this machine has no counter for ${name} (${errno})`,
        hint: expect.stringContaining("software:cpu-clock"),
      }),
    );
  });

  test("that is wanted more often than the kernel allows is told with the most that it takes", () => {
    expect(() => attachWhere("EINVAL", "profile:hz:99999999")).toThrow(
      expect.objectContaining({ code: "out-of-range", message: "the kernel does not take 99999999 samples a second" }),
    );
    expect(() => attachWhere("EINVAL", "hardware:cycles")).toThrow(expect.objectContaining({ code: "attach-failed", errno: "EINVAL" }));
  });

  test("that cannot be opened for another reason is the kernel's error", () => {
    expect(() => attachWhere("EACCES", "hardware:cycles")).toThrow(expect.objectContaining({ code: "attach-failed", errno: "EACCES" }));
  });
});
