import { expect, test } from "vitest";
import { parseTraceLine } from "./trace-line.ts";

test.each([
  [
    "            node-1234    [001] d..31 12345.678901: bpf_trace_printk: hello world",
    { task: "node", pid: 1234, cpu: 1, flags: "d..31", seconds: 12345.678901, message: "hello world" },
  ],
  ["           <...>-7       [000] ....1     1.000002: 0x00000001: a: b", { task: "<...>", pid: 7, message: "a: b" }],
  [" tmux: server-x-99      (     99) [012] .N... 99.5: bpf_trace_printk: ", { task: "tmux: server-x", pid: 99, cpu: 12, message: "" }],
])("%j is taken apart", (text, line) => {
  expect(parseTraceLine(text)).toMatchObject({ ...line, text });
});

test("what the kernel adds is no line of a program", () => {
  expect(parseTraceLine("CPU:1 [LOST 5 EVENTS]")).toBeNull();
  expect(parseTraceLine("")).toBeNull();
});
