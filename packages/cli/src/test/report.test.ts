import { expect, test } from "vitest";
import { renderJunit, renderTable, summary } from "./report.ts";
import { checksOf, type KernelResult } from "./result.ts";

const good: KernelResult = {
  kernel: "6.12.1",
  programs: [
    { name: "on_exec", section: "tp/sched/sched_process_exec", state: "attached", problem: null },
    { name: "helper", section: "xdp", state: "loaded", problem: null },
    { name: "fallback", section: "?kprobe/x", state: "off", problem: null },
  ],
  streams: [{ map: "events", events: 3, lost: 1 }],
  command: { exitCode: 0, output: "" },
  problem: null,
};
const bad: KernelResult = {
  kernel: "5.10.0",
  programs: [
    { name: "on_exec", section: "tp/sched/sched_process_exec", state: "refused", problem: "invalid access\n  hello.bpf.c:7: <x>" },
    { name: "on_exit", section: "kprobe/do_exit", state: "not-attached", problem: "no such function" },
  ],
  streams: [{ map: "events", events: 0, lost: 0 }],
  command: { exitCode: 3, output: "it said why" },
  problem: null,
};
const dead: KernelResult = { kernel: "5.4.0", programs: [], streams: [], command: null, problem: "the kernel ended" };

test("a program that is off, or that names no target, fails nothing", () => {
  expect(checksOf(good, true)).toEqual([
    { name: "on_exec (tp/sched/sched_process_exec)", failure: null },
    { name: "helper (xdp)", failure: null },
    { name: "events of events", failure: null },
    { name: "the command", failure: null },
  ]);
});

test("a stream without events fails only where events are required", () => {
  const names = (requireEvents: boolean) =>
    checksOf(bad, requireEvents)
      .filter(({ failure }) => failure !== null)
      .map(({ name }) => name);
  expect(names(false)).toEqual(["on_exec (tp/sched/sched_process_exec)", "on_exit (kprobe/do_exit)", "the command"]);
  expect(names(true)).toContain("events of events");
});

test("a command that a signal ended has failed", () => {
  expect(checksOf({ ...good, command: { exitCode: null, output: "" } }, false)).toContainEqual({
    name: "the command",
    failure: "a signal ended it",
  });
});

test("the table has a row for each kernel, and below it what failed there", () => {
  expect(renderTable([good, bad, dead], false, false)).toMatchInlineSnapshot(`
    "  kernel  loads          attaches  events             command
      6.12.1  2 of 2, 1 off  1 of 1    events 3 (1 lost)  exit 0
      5.10.0  1 of 2         0 of 1    events 0           exit 3
          on_exec (tp/sched/sched_process_exec):
            invalid access
              hello.bpf.c:7: <x>
          on_exit (kprobe/do_exit):
            no such function
          the command:
            it ended with 3
            it said why
      5.4.0   no             -         -
          the object:
            the kernel ended
    "
  `);
});

test("the last line counts", () => {
  expect(summary([good], true)).toBe("passed on 1 kernel\n");
  expect(summary([good, bad, dead], false)).toBe("failed on 2 of 3 kernels\n");
});

test("JUnit has a suite for each kernel, and escapes what the kernel said", () => {
  expect(renderJunit([good, bad], "hello", false)).toMatchInlineSnapshot(`
    "<?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
      <testsuite name="hello on 6.12.1" tests="3" failures="0">
        <testcase name="on_exec (tp/sched/sched_process_exec)" classname="hello on 6.12.1"/>
        <testcase name="helper (xdp)" classname="hello on 6.12.1"/>
        <testcase name="the command" classname="hello on 6.12.1"/>
      </testsuite>
      <testsuite name="hello on 5.10.0" tests="3" failures="3">
        <testcase name="on_exec (tp/sched/sched_process_exec)" classname="hello on 5.10.0">
          <failure>invalid access
      hello.bpf.c:7: &lt;x&gt;</failure>
        </testcase>
        <testcase name="on_exit (kprobe/do_exit)" classname="hello on 5.10.0">
          <failure>no such function</failure>
        </testcase>
        <testcase name="the command" classname="hello on 5.10.0">
          <failure>it ended with 3
    it said why</failure>
        </testcase>
      </testsuite>
    </testsuites>
    "
  `);
  expect(renderJunit([{ ...dead, problem: "bell \u0007 and & ]]>" }], "hello", false)).toContain(
    "<failure>bell \ufffd and &amp; ]]&gt;</failure>",
  );
});
