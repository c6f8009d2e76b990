import { expect, test } from "vitest";
import { RuntimeError, type VerifierReport } from "../index.ts";
import { openFixture } from "./fixtures.test.support.ts";

/** What loading one program of refused.bpf.c throws. */
function refusalOf(program: string): { readonly error: RuntimeError; readonly report: VerifierReport } {
  const open = openFixture("refused");
  open.program(program).autoload = true;
  try {
    open.load().close();
  } catch (error) {
    if (error instanceof RuntimeError && error.verifierReport !== undefined) return { error, report: error.verifierReport };
    throw error;
  }
  throw new Error(`${program} was loaded`);
}

// parity: errors.verifier
test.each([
  ["unchecked_pointer", /'map_value_or_null'/, "*count += 1;", /NULL/],
  ["unbounded_index", /unbounded memory access/, "return value[skb->len];", /no limit/],
  ["unchecked_packet", /invalid access to packet/, "return *data == 0xff ? XDP_DROP : XDP_PASS;", /data_end/],
  ["forbidden_helper", /bpf_xdp_adjust_head/, "return bpf_xdp_adjust_head((void *)skb, 4);", /no such helper/],
  ["endless_loop", /infinite loop/, "rounds = rounds ? 1 : 0;", /no end/],
])("the refusal of %s names the reason, the line and what to do", (program, reason, line, hint) => {
  const { error, report } = refusalOf(program);
  expect(error).toMatchObject({
    code: "verifier-refused",
    message: expect.stringMatching(reason),
    hint: expect.stringMatching(hint),
    place: { type: program, line: report.source?.line, file: expect.stringMatching(/refused\.bpf\.c$/) },
  });
  expect(error.verifierLog).toContain("processed ");
  expect(report.source?.text.trim()).toBe(line);
});

test("the way to the refused line leads through the functions that were called", () => {
  const { report } = refusalOf("unchecked_pointer");
  expect(report.path.map(({ text }) => text.trim())).toEqual([
    "int unchecked_pointer(struct __sk_buff *skb)",
    "u32 key = 1;",
    "total += length_of(skb);",
    "return skb->len;",
    "total += length_of(skb);",
    "if (skb->len > 100)",
    "key = 2;",
    "count = bpf_map_lookup_elem(&counts, &key);",
    "*count += 1;",
  ]);
  expect(report.registers).toEqual([
    {
      name: "R0",
      value: expect.stringContaining("map_value_or_null"),
      from: expect.objectContaining({ text: expect.stringContaining("bpf_map_lookup_elem") }),
    },
  ]);
});
