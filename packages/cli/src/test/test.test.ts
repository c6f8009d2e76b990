import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lbc } from "../lbc.test-support.ts";

const maps = fileURLToPath(new URL("../../../../.lbc/fixtures/maps.bpf.o", import.meta.url));

/** Sends an event for each process that starts; the second program reads what it may not. */
const source = (second: string): string => `#include "lbc.h"
struct event { u32 pid; };
LBC_RINGBUF(events, struct event, 65536);
SEC("tracepoint/sched/sched_process_exec")
int on_exec(void *ctx)
{
	struct event event = { .pid = bpf_get_current_pid_tgid() >> 32 };

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}
${second}
char LICENSE[] SEC("license") = "GPL";
`;
const refused = `SEC("socket")
int reads_beyond(struct __sk_buff *skb)
{
	return *(volatile int *)((char *)skb + 4096);
}`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-test-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function project(second = ""): Promise<string> {
  await writeFile(join(folder, "hello.bpf.c"), source(second));
  return folder;
}

describe("lbc test on the running kernel", () => {
  test("loads and attaches what a project's sources become, runs the command and counts events", async () => {
    const { code, out, err } = await lbc(["test", await project(), "--require-events", "--json", "--", "true"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toEqual({
      object: "hello",
      kernels: [
        {
          kernel: release(),
          programs: [{ name: "on_exec", section: "tracepoint/sched/sched_process_exec", state: "attached", problem: null }],
          streams: [{ map: "events", events: expect.any(Number), lost: 0 }],
          command: { exitCode: 0, output: "" },
          problem: null,
        },
      ],
    });
  });

  test("tells what the verifier refuses, and attaches the rest", async () => {
    const junit = join(folder, "result.xml");
    const { code, out } = await lbc(["test", await project(refused), "--duration", "1ms", "--junit", junit]);
    expect(code).toBe(1);
    expect(out).toMatch(/1 of 2 +1 of 1/);
    expect(out).toMatch(/reads_beyond \(socket\):\n +.*invalid bpf_context access/);
    expect(await readFile(junit, "utf8")).toContain('tests="2" failures="1"');
  });

  test("a command that fails makes the test fail, and its last words are shown", async () => {
    const { code, out } = await lbc(["test", await project(), "--", "sh", "-c", "echo that was it >&2; exit 3"]);
    expect(code).toBe(1);
    expect(out).toMatch(/the command:\n +it ended with 3\n +that was it\n/);
  });

  test("a stream that stays empty fails where events are required", async () => {
    const words = ["test", maps, "--duration", "1ms"];
    expect((await lbc(words)).code).toBe(0);
    const { code, out } = await lbc([...words, "--require-events"]);
    expect(code).toBe(1);
    expect(out).toMatch(/events of ring:\n +no event came/);
  });
});

describe("wrong use", () => {
  test.each([
    ["a kernel that is not known", ["test", maps, "--kernels", "4.4"], /no kernel 4\.4[\s\S]*hint: those known are 5\.10, 6\.1/],
    ["an image that is none", ["test", maps, "--kernel", maps], /maps\.bpf\.o: is no bzImage of x86/],
    ["a file that is not there", ["test", "none.bpf.o"], /none\.bpf\.o/],
    ["a duration that is none", ["test", maps, "--duration", "soon"], /duration/],
    ["modules without a kernel", ["test", maps, "--modules", "/lib"], /--modules is for one --kernel/],
  ])("%s", async (_, words, says) => {
    const { code, out, err } = await lbc(words);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(says);
  });

  test("a folder without BPF sources", async () => {
    const { code, err } = await lbc(["test", folder]);
    expect(code).toBe(2);
    expect(err).toContain("holds no BPF source (*.bpf.c)");
  });
});
