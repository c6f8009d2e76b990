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
