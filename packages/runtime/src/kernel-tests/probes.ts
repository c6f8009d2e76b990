/**
 * `node probes.ts`: kprobe, kretprobe, fentry and fexit, on a kernel that has them. A command of its own, so that it runs in a guest
 * without a test runner; it prints what it saw and ends with 1 if a hook was not hit.
 */
// parity: links.kprobe, links.fentry
import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { RingBuffer } from "../index.ts";
import { type Hit, hit, openFixture } from "./fixtures.test.support.ts";

/** `enum hook` of probes.bpf.c, by its programs. */
const hooks = ["on_kprobe", "on_kretprobe", "on_fentry", "on_fexit"];
/** What each sends for an open() that is allowed: the file's mode could be read, or the function's result. */
const values = [1n, 0n, 1n, 0n];
const opens = 5;

const open = openFixture("probes");
open.section(".rodata").view.setUint32(0, process.pid, true);
using loaded = open.load();
using events = new RingBuffer(loaded.map("events"), hit);
loaded.attach();
assert.deepEqual(loaded.links.map((link) => link.program).sort(), [...hooks].sort());
for (let count = 0; count < opens; count++) closeSync(openSync("/proc/self/status", "r"));
const hits: Hit[] = [];
for await (const event of events.events({ signal: AbortSignal.timeout(10_000) })) {
  hits.push(event);
  if (hooks.every((_, hook) => hits.filter((one) => one.hook === hook).length >= opens)) break;
}
for (const [hook, name] of hooks.entries()) {
  const seen = hits.filter((one) => one.hook === hook);
  assert.ok(seen.length >= opens, `${name} was hit ${seen.length} times`);
  assert.ok(
    seen.every((one) => one.pid === process.pid && one.value === values[hook]),
    `${name} sent ${seen.map((one) => one.value)}`,
  );
  assert.ok(loaded.section(".bss").view.getBigUint64(8 * hook, true) >= BigInt(opens));
  console.log(`${name}: ${seen.length} hits`);
}
const again = loaded.program<"kprobe">("on_kprobe").attach({ function: "security_file_open" });
again.close();
assert.throws(() => loaded.program<"kprobe">("on_kprobe").attach({ function: "no_such_function" }), { code: "attach-failed" });
loaded.close();
console.log("probes: ok");
