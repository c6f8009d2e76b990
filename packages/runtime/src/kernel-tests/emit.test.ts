import { BtfBuilder } from "@lbc/core/btf";
import { describe, expect, test } from "vitest";
import { type Codec, RingBuffer, readText } from "../index.ts";
import { openFixture, packet } from "./fixtures.test.support.ts";

interface Message {
  readonly number: bigint;
  readonly text: string;
}
const message: Codec<Message> = {
  size: 24,
  decode: (view, offset) => ({ number: view.getBigUint64(offset, true), text: readText(view, offset + 8, 16) }),
  encode: () => {
    throw new TypeError("messages are read only");
  },
};

/** The BTF of a kernel whose `enum bpf_map_type` has these enumerators. */
function kernelBtf(...names: readonly string[]): Uint8Array {
  const b = new BtfBuilder();
  const values = names.map((name, index) => ({ name, value: BigInt(index) }));
  b.add({ kind: "enum", name: "bpf_map_type", wide: false, size: 4, signed: false, values });
  return b.build("little");
}

describe.each([
  ["has ring buffers", kernelBtf("BPF_MAP_TYPE_UNSPEC", "BPF_MAP_TYPE_RINGBUF"), "ringbuf"],
  ["has no ring buffers", kernelBtf("BPF_MAP_TYPE_UNSPEC", "BPF_MAP_TYPE_HASH"), "perf_event_array"],
] as const)("on a kernel that, as its BTF says, %s", (_, btf, type) => {
  // parity: events.fallback
  test(`LBC_EMIT sends through a ${type}, and the same reader gets the events`, async () => {
    using loaded = openFixture("emit", { kernelBtf: btf }).load();
    expect(loaded.map("messages").type).toBe(type);
    using messages = new RingBuffer(loaded.map("messages"), message);
    loaded.program("emit").testRun({ data: packet, repeat: 3 });
    const seen: Message[] = [];
    for await (const event of messages) if (seen.push(event) === 3) break;
    expect(seen).toEqual([0n, 1n, 2n].map((number) => ({ number, text: "emitted" })));
    expect(loaded.section(".bss").view.getBigUint64(0, true)).toBe(3n);
    expect(messages.lost).toBe(0);
  });
});

test("a ring buffer that is not sent to by LBC_EMIT stays one, whatever the BTF says", () => {
  using loaded = openFixture("maps", { kernelBtf: kernelBtf("BPF_MAP_TYPE_HASH") }).load();
  expect(loaded.map("ring").type).toBe("ringbuf");
});

test("of the map that becomes a perf event array the pages for each CPU can be set, and a full one tells what was lost", () => {
  const open = openFixture("emit", { kernelBtf: kernelBtf("BPF_MAP_TYPE_HASH") });
  open.map("messages").pagesPerCpu = 1;
  using loaded = open.load();
  using messages = new RingBuffer(loaded.map("messages"), message);
  let seen = 0;
  // The kernel tells of the loss with the next event that it has room for, on the CPU that lost it.
  for (let round = 0; round < 100 && messages.lost === 0; round++) {
    loaded.program("emit").testRun({ data: packet, repeat: 500 });
    seen += messages.drain(() => undefined);
  }
  expect(messages.lost).toBeGreaterThan(0);
  expect(seen).toBeGreaterThan(0);
});
