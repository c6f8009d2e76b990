import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lbc } from "../lbc.test-support.ts";

const source = `#include "lbc.h"
LBC_ARRAY(numbers, u32, u64, 2);
SEC("iter/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (task)
		BPF_SEQ_PRINTF(ctx->meta->seq, "%d\\t%s\\n", task->tgid, "a\\033b");
	return 0;
}
SEC("iter/bpf_map_elem")
int list_numbers(struct bpf_iter__bpf_map_elem *ctx)
{
	u32 *key = ctx->key;
	u64 *value = ctx->value;

	if (key && value)
		BPF_SEQ_PRINTF(ctx->meta->seq, "%u %llu\\n", *key, *value);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
`;

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-iterators-"));
  path = join(folder, "lists.bpf.c");
  await writeFile(path, source);
});
afterAll(() => rm(folder, { recursive: true }));

test("an iterator is walked to the end, and the run is over", async () => {
  const { code, out, err } = await lbc(["run", path]);
  expect(code).toBe(0);
  expect(out.split("\n")).toContain(`${process.pid}\ta\\x1bb`);
  expect(err).toBe("lbc: list_numbers is not attached; say where: --attach list_numbers=MAP\n");
});

test("with --json each line that an iterator writes is an object", async () => {
  const { out } = await lbc(["run", path, "--json", "--attach", "list_numbers=numbers"]);
  const records = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(records).toContainEqual({ type: "line", program: "list_tasks", line: `${process.pid}\ta\x1bb` });
  expect(records.filter(({ program }) => program === "list_numbers").map(({ line }) => line)).toEqual(["0 0", "1 0"]);
  expect(records.at(-1)).toEqual({ type: "ended", reason: "done" });
});

test("--interval walks again and again", async () => {
  const argv = ["--json", "--attach", "list_numbers=numbers", "--interval", "50ms", "--duration", "1s"];
  const { code, out } = await lbc(["run", path, ...argv]);
  expect(code).toBe(0);
  expect(out.split('"1 0"').length).toBeGreaterThan(3);
  expect(out).toContain('{"type":"ended","reason":"duration"}');
});

test("the formats of BPF_SEQ_PRINTF() are no globals that could be set", async () => {
  const { err } = await lbc(["run", path, "--set", "nosuch=1"]);
  expect(err).toContain("has no such global [unknown-variable]\n  hint: it has none\n");
});

test.each([
  ["list_tasks=me", /"me" is no target for iter\/task \[bad-target\]\n {2}hint: write it as --attach list_tasks=PID/],
  ["list_numbers=others", /the object has no map others \[no-such-map\]/],
])("--attach %s is an error that says what there is", async (target, message) => {
  const { code, err } = await lbc(["run", path, "--attach", target]);
  expect(code).toBe(2);
  expect(err).toMatch(message);
});
