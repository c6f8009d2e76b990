import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lbc } from "../../lbc.test-support.ts";

/** The walk fills the maps, on whatever CPU it is. */
const source = `#include "lbc.h"
struct seen { u32 pid; char comm[16]; };
struct traffic { u64 packets; u64 bytes[2]; };
LBC_PERCPU_HASH(seen, u32, struct seen, 4);
LBC_PERCPU_ARRAY(last, u32, struct seen, 2);
LBC_PERCPU_ARRAY(traffic, u32, struct traffic, 1);
SEC("iter/task")
int fill(struct bpf_iter__task *ctx)
{
	struct seen one = { .pid = 77, .comm = "same" };
	struct traffic some = { .packets = 3, .bytes = { 4, 5 } };
	u32 key = 0;

	bpf_map_update_elem(&seen, &key, &one, BPF_ANY);
	bpf_map_update_elem(&last, &key, &one, BPF_ANY);
	bpf_map_update_elem(&traffic, &key, &some, BPF_ANY);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
`;

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-map-contents-"));
  path = join(folder, "cpus.bpf.c");
  await writeFile(path, source);
});
afterAll(() => rm(folder, { recursive: true }));

test("what cannot be added up has an entry for each CPU, and counters in a struct are added up", async () => {
  const { code, out } = await lbc(["run", path, "--json"]);
  expect(code).toBe(0);
  const records = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const entriesOf = (name: string) => records.find(({ map }) => map === name)?.entries;
  const one = { key: { key: 0, cpu: expect.any(Number) }, value: { pid: 77, comm: "same" } };
  for (const name of ["seen", "last"]) {
    const entries: object[] = entriesOf(name);
    expect(entries).toEqual(entries.map(() => one));
    expect(entries.length).toBeGreaterThan(0);
  }
  const [{ value }] = entriesOf("traffic");
  expect(value.packets % 3).toBe(0);
  expect(value.bytes).toEqual([(value.packets / 3) * 4, (value.packets / 3) * 5]);
});

test("the CPU is a column", async () => {
  const { out } = await lbc(["run", path]);
  expect(out).toMatch(/^seen\n {2}key +cpu +pid +comm\n +0 +\d+ +77 +same$/m);
});
