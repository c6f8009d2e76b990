import { describe, expect, test } from "vitest";
import { habitOf, refuseHabits } from "./habits.ts";

const refused = (text: string): void => refuseHabits({ text, line: 1, column: 1 });

describe("what people write for bpftrace", () => {
  test.each([
    ["@ = count();", "write it as count()"],
    ["@x = count()", "write it as count()"],
    ["@[comm] = count();", "write it as count(comm)"],
    ["@opens[comm, str(args->filename)] = count();", "write it as count(comm, str(args->filename))"],
    ["@[comm] = hist(args->ret);", "write it as hist(args->ret, comm)"],
    ["@ = lhist(args->ret, 0, 100, 10);", "write it as lhist(args->ret, 0, 100, 10)"],
    ["@x[pid]++;", "write it as count(pid)"],
    ["@x--;", "write it as sum(-1)"],
    ["@bytes[comm] += args->ret;", "write it as sum(args->ret, comm)"],
    ["@bytes -= a + b;", "write it as sum(-(a + b))"],
    ["@start[tid] = nsecs;", "write it as put(start, tid, nsecs)"],
    ["@last = nsecs;", "write it as put(last, 0, nsecs)"],
    ["@start[tid]", "write it as get(start, tid)"],
    ["@us = hist((nsecs - @start[tid]) / 1000);", "write it as hist((nsecs - get(start, tid)) / 1000)"],
    ["delete(@start[tid]);", "write it as take(start, tid)"],
    ["print(@x);", "tables are shown at the end, with --interval 1s"],
    ["clear(@x);", "--clear"],
    ['comm == "cat"', 'write it as same(comm, "cat")'],
    ['pid > 1 && comm != "cat" && uid', 'write it as !same(comm, "cat")'],
    ['if (str(args->filename) == "/etc") { count(); }', 'write it as same(str(args->filename), "/etc")'],
    ['printf("%s %d\\n", comm, pid);', "emit(comm, pid)"],
    ['printf("hello\\n");', 'write it as bpf_printk("hello")'],
    ["emit(kstack(3));", "write kstack alone"],
  ])("%j is refused with how lbc writes it", (text, hint) => {
    expect(() => refused(text)).toThrow(expect.objectContaining({ code: "bad-one-liner", hint: expect.stringContaining(hint) }));
  });

  test("is named at its line", () => {
    expect(() => refused("u64 a = 1;\n@x = a;")).toThrow(expect.objectContaining({ place: expect.objectContaining({ line: 2 }) }));
  });

  test("is not looked for in comments, texts and members", () => {
    refused('/* @x = 1 */ emit("@x", a.kstack, word = "comm == text"); // printf("")');
  });
});

test.each([
  ["elapsed", "nsecs"],
  ["$x", "u64 x = …;"],
  ["arg1", "args->NAME"],
])("%s has another name here", (name, hint) => {
  expect(habitOf(name)).toContain(hint);
});

test("other names are nobody's habit", () => {
  expect([habitOf("cmm"), habitOf("constructor")]).toEqual([null, null]);
});
