import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

/** A program that has the packages that this one depends on. */
const program = `
import { spawnSync } from "node:child_process";
import { fromSource } from "@lbc/build/source";

const source = \`
#include "lbc.h"
struct event { u32 pid; char comm[16]; };
LBC_RINGBUF(events, struct event, 64 * 1024);
LBC_CONFIG(u32, target_ppid, 0);
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	struct event event = { .pid = task->tgid };

	if (task->real_parent->tgid != target_ppid)
		return 0;
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	LBC_OUTPUT(events, &event);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
\`;
const { Hello } = await fromSource(source, "hello");
const again = await fromSource(source, "hello");
using skel = Hello.open({ rodata: { targetPpid: process.pid } }).load();
skel.attach();
const { pid } = spawnSync("true");
for await (const event of skel.maps.events) {
  console.log(JSON.stringify({ comm: event.comm, isChild: event.pid === pid, isSame: again.Hello === Hello }));
  break;
}
`;

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "lbc-from-source-"));
});
afterAll(() => rm(cache, { recursive: true }));

const run = () =>
  promisify(execFile)(process.execPath, ["--conditions=@lbc/source", "--input-type=module", "-e", program], {
    cwd: join(import.meta.dirname, ".."),
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });

test("a source becomes a skeleton while the program runs, once", async () => {
  const first = await run();
  expect(JSON.parse(first.stdout)).toEqual({ comm: "true", isChild: true, isSame: true });
  const made = await readdir(join(cache, "lbc/typescript"));
  const second = await run();
  expect(second.stdout).toBe(first.stdout);
  expect(await readdir(join(cache, "lbc/typescript"))).toEqual(made);
  expect(made).toHaveLength(1);
});
