import { expect, test } from "vitest";
import { verifierHint } from "./verifier-hints.ts";

test.each([
  ["BPF_STX uses reserved fields", "5.12"],
  ["R1 type=map_value_or_null expected=fp", "NULL"],
  ["invalid access to packet, off=12 size=2, R1(id=0,off=12,r=0)", "data_end"],
  ["cannot call GPL-restricted function from non-GPL compatible program", "licence"],
  ["invalid func unknown#2001000003", "autocreate"],
  ["R6 !read_ok", "on every way"],
  ["BPF program is too large. Processed 1000001 insn", "__noinline"],
])("%j is told to mean something of %j", (reason, words) => {
  expect(verifierHint(reason)).toContain(words);
});

test("a load from a number is told to come from offsetof() in lines that have it", () => {
  const reason = "R1 invalid mem access 'scalar'";
  expect(verifierHint(reason, "u32 at = is_ipv4 ? offsetof(struct iphdr, protocol) : 6;")).toContain("bpf_core_field_offset");
  expect(verifierHint(reason, "pid = task->pid;")).toContain("BPF_CORE_READ");
});

test("words that are not known have no hint", () => {
  expect(verifierHint("something new")).toBeUndefined();
});
