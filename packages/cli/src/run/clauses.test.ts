import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { lbc } from "../lbc.test-support.ts";

/** Of a clause that ends the run by itself; programs are started all the while. */
async function eventsOf(clause: string): Promise<Record<string, unknown>[]> {
  const timer = setInterval(() => spawn("true"), 50);
  const { code, out, err } = await lbc(["run", "-e", clause, "--json", "--duration", "60s"]);
  clearInterval(timer);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const records = out
    .trimEnd()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));
  return records.filter(({ type }) => type === "event").map(({ event }) => event as Record<string, unknown>);
}

test("an argument that is called like a variable is the argument, whose name may stand alone", async () => {
  const [first] = await eventsOf(
    "tp_btf:task_newtask { emit(comm, tid, child = task->pid, also = args->task->pid, clone_flags); exit(); }",
  );
  expect(first).toEqual({
    comm: expect.any(String),
    tid: expect.any(Number),
    child: first?.["also"],
    also: expect.any(Number),
    clone_flags: expect.any(Number),
  });
  expect(first?.["child"]).not.toBe(first?.["tid"]);
});

test("columns may be called like macros and words of C", async () => {
  const text = '#include "lbc_net.h"\n#define thing 4\nBEGIN { emit(AF_INET, thing, int = 3, _ = 5); exit(); }';
  expect(await eventsOf(text)).toEqual([{ AF_INET: 2, thing: 4, int: 3, _: 5 }]);
  const { out } = await lbc(["run", "-e", "BEGIN { count(IPPROTO_TCP); hist(3, slot = IPPROTO_TCP); exit(); }"]);
  expect(out).toMatch(/^ +IPPROTO_TCP +count$/m);
  expect(out).toMatch(/^ +slot_2 6$/m);
});

test("structs of the kernel are sent whole, and those of the program itself", async () => {
  const text =
    "BEGIN { struct load_weight own = { .weight = 7 }; emit(own, kernels = task->se.load, weight = task->se.load.weight); exit(); }";
  const [event] = await eventsOf(text);
  expect(event).toMatchObject({ own: { weight: 7, inv_weight: 0 }, kernels: { weight: event?.["weight"] } });
  const [counted] = (await lbc(["run", "-e", "BEGIN { count(task->se.load); exit(); }", "--json"])).out
    .split("\n")
    .filter((line) => line.includes('"map"'));
  expect(JSON.parse(counted ?? "")).toMatchObject({ entries: [{ key: { load: { weight: event?.["weight"] } }, value: 1 }] });
});

test.each([
  ["BEGIN { put(int, 1, 2); }", /int is something else already \[bad-one-liner\]\n {2}hint: .*put\(by_int, …\)/],
  ["BEGIN { put(pid, 1, 2); }", /pid is something else already/],
  ["BEGIN { u64 ctx = 3; emit(ctx); }", /^-e:1:13: error: redefinition of 'ctx'/],
  ["BEGIN { char text[600]; emit(text); }", /^-e: error: .*stack.*\n {2}hint: --print-source/],
  [
    "tp_btf:sched_process_exec { u64 *members = (void *)task; emit(members[9999]); }",
    /^lbc: the kernel refuses on_sched_process_exec: (?:.*\n)*? {2}at -e:1: tp_btf/,
  ],
  ["profile:hz:99999999 { count(); }", /does not take 99999999 samples a second \[out-of-range\]\n {2}hint: \d+ is the most/],
])("%s is refused, and no code that lbc made of it is quoted", async (text, message) => {
  const { code, err } = await lbc(["run", "-e", text]);
  expect(code).toBe(2);
  expect(err).toMatch(message);
  expect(err).not.toMatch(/^ *(?:at )?lbc:\d|\.bpf\.c|LBC_|lbc_|bpf_get_current/m);
});
