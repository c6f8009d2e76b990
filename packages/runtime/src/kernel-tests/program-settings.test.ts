import { expect, test } from "vitest";
import { openFixture, packet } from "./fixtures.test.support.ts";

/** BPF_F_STRICT_ALIGNMENT and one bit that no kernel knows. @see include/uapi/linux/bpf.h */
const strictAlignment = 1 << 0;
const unknownFlag = 1 << 30;

test("the verifier's log of a program that loads is there where it was asked for", () => {
  const open = openFixture("attach");
  open.program("on_xdp").logLevel = 4;
  open.program("on_packet").logLevel = 2;
  using loaded = open.load();
  const [sum, each] = [loaded.program("on_xdp").log, loaded.program("on_packet").log];
  expect(sum).toContain("processed ");
  expect(each).toMatch(/^0: /m);
  expect([each.length > sum.length, loaded.program("on_tracepoint").log]).toEqual([true, ""]);
  expect(loaded.program("on_xdp").testRun({ data: packet }).returnValue).toBe(2);
});

test("a program is loaded with the flags that are set, which the kernel may refuse", () => {
  const open = (flags: number) => {
    const object = openFixture("attach");
    object.program("on_packet").flags = flags;
    return object;
  };
  using loaded = open(strictAlignment).load();
  expect(loaded.program("on_packet").fd).toBeGreaterThan(0);
  expect(() => open(unknownFlag).load()).toThrow(
    expect.objectContaining({ code: "load-failed", errno: "EINVAL", place: { type: "on_packet" } }),
  );
});
