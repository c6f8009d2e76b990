import { describe, expect, test } from "vitest";
import { type CompositeDraft, type DraftMember, layOut } from "./composite.ts";
import { LayoutError } from "./errors.ts";
import type { Bits, Shape } from "./types.ts";

function member(name: string, bitOffset: number, size: number, more: Partial<DraftMember> = {}): DraftMember {
  const bytes = size === 1 || size === 2 || size === 4 || size === 8 || size === 16 ? size : 1;
  return {
    name,
    bitOffset,
    bitSize: 0,
    type: { kind: "int", bytes, signed: false, role: "number" },
    size,
    align: bytes,
    signed: false,
    shape: null,
    zeroLength: false,
    special: null,
    doc: null,
    ...more,
  };
}
const bits = (name: string, bitOffset: number, bitSize: number, size: number): DraftMember => member(name, bitOffset, size, { bitSize });
const struct = (size: number, ...members: DraftMember[]): CompositeDraft => ({
  kind: "struct",
  label: "struct s",
  size,
  endianness: "little",
  members,
});
const union = (size: number, ...members: DraftMember[]): CompositeDraft => ({ ...struct(size, ...members), kind: "union" });
const plain: Shape = {
  packed: false,
  explicitAlign: false,
  containsAligned: false,
  endsZeroSized: false,
  misaligned: false,
  bitFields: false,
};
const offsets = (draft: CompositeDraft): string[] =>
  layOut(draft).members.map((m) => (m.kind === "padding" ? `pad@${m.offset}+${m.size}` : (m.name ?? "")));

describe("gaps", () => {
  test("are members, between fields and at the end", () => {
    const draft = struct(24, member("a", 0, 1), member("b", 64, 8), member("c", 128, 4));
    expect(offsets(draft)).toEqual(["a", "pad@1+7", "b", "c", "pad@20+4"]);
    expect(layOut(draft)).toMatchObject({ align: 8, shape: plain });
  });

  test("of a union are what it has behind its largest member", () => {
    expect(offsets(union(8, member("a", 0, 2), member("b", 0, 4)))).toEqual(["a", "b", "pad@4+4"]);
  });

  test("after bit-fields begin with the first byte that no bit lies in", () => {
    expect(offsets(struct(8, bits("a", 0, 3, 4), bits("b", 7, 2, 4), member("c", 32, 4)))).toEqual(["a", "b", "pad@2+2", "c"]);
  });

  test("cover a struct without members", () => {
    expect(offsets(struct(0))).toEqual([]);
    expect(layOut(struct(0)).align).toBe(1);
    expect(offsets(struct(4))).toEqual(["pad@0+4"]);
  });
});

describe("shape", () => {
  test("a field off its alignment makes a struct packed, with alignment 1", () => {
    const laidOut = layOut(struct(5, member("a", 0, 1), member("b", 8, 4)));
    expect(laidOut).toMatchObject({ align: 1, shape: { ...plain, packed: true, misaligned: true } });
    expect(laidOut.members[1]).toMatchObject({ aligned: false });
  });

  test("a size that is no multiple of the largest alignment makes a struct packed, although no field is misaligned", () => {
    expect(layOut(struct(5, member("a", 0, 4), member("b", 32, 1)))).toMatchObject({ align: 1, shape: { ...plain, packed: true } });
  });

  test("a bit-field that crosses a unit of its type makes a struct packed", () => {
    expect(layOut(struct(9, bits("a", 0, 4, 8), bits("b", 4, 63, 8))).shape).toEqual({ ...plain, packed: true, bitFields: true });
  });

  test("a gap that no alignment of a member explains is explicit", () => {
    expect(layOut(struct(32, member("a", 0, 4), member("b", 128, 4))).shape.explicitAlign).toBe(true);
    expect(layOut(struct(64, member("a", 0, 4))).shape.explicitAlign).toBe(true);
    expect(layOut(union(16, member("a", 0, 4), member("b", 0, 8)))).toMatchObject({ align: 8, shape: { ...plain, explicitAlign: true } });
  });

  test("what a contained struct has is known of its container", () => {
    const inner: Shape = { ...plain, explicitAlign: true, misaligned: true };
    const laidOut = layOut(struct(64, member("a", 0, 64, { shape: inner, align: 4 })));
    expect(laidOut.shape).toEqual({ ...plain, containsAligned: true, misaligned: true });
  });

  test("a flexible array is the last member only, and ends the struct with size zero", () => {
    const draft = struct(4, member("none", 0, 0, { zeroLength: true }), member("n", 0, 4), member("data", 32, 0, { zeroLength: true }));
    const laidOut = layOut(draft);
    expect(laidOut.shape.endsZeroSized).toBe(true);
    expect(laidOut.members.map((m) => m.kind === "field" && m.flexible)).toEqual([false, false, true]);
  });
});

describe("bit-fields", () => {
  const unitOf = (draft: CompositeDraft, endianness: "little" | "big", name: string): Bits =>
    layOut({ ...draft, endianness }).members.find((m) => m.kind === "bits" && m.name === name) as Bits;

  test("span nine bytes in a packed struct", () => {
    const packed = struct(9, bits("a", 0, 4, 8), bits("b", 4, 63, 8));
    expect(unitOf(packed, "little", "b")).toMatchObject({ unit: { offset: 0, bytes: 9 }, shift: 4 });
    expect(unitOf(packed, "big", "b")).toMatchObject({ unit: { offset: 0, bytes: 9 }, shift: 5 });
  });

  test("never have a unit past the end of the struct", () => {
    expect(unitOf(struct(3, bits("a", 0, 20, 4)), "little", "a")).toMatchObject({ unit: { offset: 0, bytes: 3 }, shift: 0 });
    expect(unitOf(struct(3, bits("a", 0, 20, 4)), "big", "a")).toMatchObject({ unit: { offset: 0, bytes: 3 }, shift: 4 });
  });

  test("have the smallest unit, wherever their declared type begins", () => {
    expect(unitOf(struct(8, bits("a", 0, 20, 8), bits("b", 20, 10, 8)), "little", "b")).toMatchObject({
      unit: { offset: 2, bytes: 2 },
      shift: 4,
    });
  });
});

describe("a damaged struct", () => {
  const codeOf = (draft: CompositeDraft): string => {
    try {
      layOut(draft);
    } catch (error) {
      if (error instanceof LayoutError) return error.code;
    }
    return "none";
  };

  test("is refused where a member reaches past its end", () => {
    expect(codeOf(struct(4, member("a", 8, 4)))).toBe("member-out-of-range");
    expect(codeOf(struct(4, bits("a", 20, 13, 4)))).toBe("member-out-of-range");
    expect(codeOf(union(2, member("a", 0, 4)))).toBe("member-out-of-range");
  });

  test("is refused where a field begins within a byte, or members overlap, or a member of a union begins behind its start", () => {
    expect(codeOf(union(8, member("a", 0, 4), member("b", 32, 4)))).toBe("member-out-of-range");
    expect(codeOf(struct(8, member("a", 4, 4)))).toBe("member-out-of-range");
    expect(codeOf(struct(8, member("a", 0, 4), member("b", 16, 4)))).toBe("overlapping-members");
  });
});
