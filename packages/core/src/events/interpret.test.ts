import { describe, expect, test } from "vitest";
import type { Instruction } from "../insn/index.ts";
import type { MapDefinition } from "../object/index.ts";
import type { Code } from "./code.ts";
import { helper } from "./helpers.ts";
import { type OutputSite, outputSites } from "./interpret.ts";

const map = (name: string): MapDefinition => ({ name }) as MapDefinition;
const events = map("events");
const values = map("values");

/** One instruction; jumps count slots, of which the load of an address has two. */
type Line = Omit<Instruction, "position"> & { readonly address?: MapDefinition | number; readonly patched?: boolean };
const line = (opcode: number, more: Partial<Line>): Line => ({
  opcode,
  destination: 0,
  source: 0,
  offset: 0,
  immediate: 0,
  upperImmediate: null,
  ...more,
});
const move = (destination: number, source: number): Line => line(0xbf, { destination, source });
const set = (destination: number, immediate: number): Line => line(0xb7, { destination, immediate });
const add = (destination: number, immediate: number): Line => line(0x07, { destination, immediate });
const addRegister = (destination: number, source: number): Line => line(0x0f, { destination, source });
const address = (destination: number, of: MapDefinition | number): Line => line(0x18, { destination, upperImmediate: 0, address: of });
const call = (number: number): Line => line(0x85, { immediate: number });
const callSubprogram = (): Line => line(0x85, { source: 1, immediate: 0 });
const spill = (source: number, offset: number): Line => line(0x7b, { destination: 10, source, offset });
const fill = (destination: number, offset: number): Line => line(0x79, { destination, source: 10, offset });
const jumpIfZero = (destination: number, offset: number): Line => line(0x15, { destination, offset });
const jump = (offset: number): Line => line(0x05, { offset });
const exit = (): Line => line(0x95, {});

function code(...lines: Line[]): Code {
  let position = 0;
  const placed = lines.map((one) => {
    const at = position;
    position += one.upperImmediate === null ? 8 : 16;
    return { ...one, position: at };
  });
  const lineAt = new Map(placed.map((one) => [one.position, one]));
  return {
    instructions: placed,
    address: (instruction) => {
      const of = lineAt.get(instruction.position)?.address;
      if (of === undefined) return undefined;
      return typeof of === "number" ? { kind: "global", section: 3, offset: of } : { kind: "map", map: of };
    },
    isPatched: (instruction) => lineAt.get(instruction.position)?.patched ?? false,
  };
}

/** Sends what R4 and R5 hold, with the flags of the current CPU. */
const send = (): Line[] => [
  address(2, events),
  line(0x18, { destination: 3, immediate: -1, upperImmediate: 0 }),
  call(helper.perfEventOutput),
];
const lookup = (): Line[] => [move(2, 10), add(2, -4), address(1, values), call(helper.mapLookup)];
const only = (...lines: Line[]): OutputSite => {
  const sites = outputSites(code(...lines));
  expect(sites).toHaveLength(1);
  return sites[0] as OutputSite;
};
const valueAt = (offset: number | null) => ({ kind: "map-value", map: values, offset });

describe("a data pointer", () => {
  test("into a map value is followed through registers, the stack and additions", () => {
    const site = only(...lookup(), jumpIfZero(0, 10), move(6, 0), spill(6, -16), fill(4, -16), add(4, 8), set(5, 24), ...send(), exit());
    expect(site).toMatchObject({ map: { map: events }, data: valueAt(8), size: { value: 24 }, flags: { value: 0xffffffff } });
  });

  test("into a global keeps its section and offset", () => {
    expect(only(address(4, 64), add(4, -16), ...send(), exit()).data).toEqual({ kind: "global", section: 3, offset: 48 });
  });

  test("is the pointer of one path where the other path has null", () => {
    const site = only(set(6, 0), jumpIfZero(7, 6), ...lookup(), move(6, 0), move(4, 6), ...send(), exit());
    expect(site.data).toEqual(valueAt(0));
  });

  test("is not known where two paths bring pointers to different things", () => {
    const site = only(...lookup(), move(6, 0), jumpIfZero(7, 1), move(6, 10), move(4, 6), ...send(), exit());
    expect(site.data).toEqual({ kind: "unknown" });
  });

  test("moved by an amount of run time keeps its base, and loses its offset", () => {
    expect(only(...lookup(), move(4, 0), addRegister(4, 7), ...send(), exit()).data).toEqual(valueAt(null));
  });

  test("that CO-RE moves loses its offset", () => {
    expect(only(...lookup(), move(4, 0), { ...add(4, 8), patched: true }, ...send(), exit()).data).toEqual(valueAt(null));
  });

  test("that a loop moves loses its offset, and the analysis ends", () => {
    const site = only(...lookup(), move(6, 0), add(6, 8), jumpIfZero(7, 1), jump(-3), move(4, 6), ...send(), exit());
    expect(site.data).toEqual(valueAt(null));
  });

  test("does not survive a call in R1 to R5, and does in R6 and on the stack", () => {
    const kept = only(...lookup(), move(6, 0), callSubprogram(), move(4, 6), ...send(), exit());
    expect(kept.data).toEqual(valueAt(0));
    const lost = only(...lookup(), move(4, 0), callSubprogram(), ...send(), exit());
    expect(lost.data).toEqual({ kind: "unknown" });
  });

  test("from the arguments of a function or from a lookup in an unknown map is not known", () => {
    expect(only(move(4, 1), ...send(), exit()).data).toEqual({ kind: "unknown" });
    expect(only(move(1, 7), call(helper.mapLookup), move(4, 0), ...send(), exit()).data).toEqual({ kind: "unknown" });
  });
});

describe("a size", () => {
  test("is known where all paths agree on it", () => {
    const choose = (other: number): Line[] => [set(5, 16), jumpIfZero(7, 1), set(5, other), move(4, 10), ...send(), exit()];
    expect(only(...choose(16)).size).toEqual({ kind: "constant", value: 16 });
    expect(only(...choose(24)).size).toEqual({ kind: "unknown" });
  });

  test("that was spilled is not trusted after a call, which may have written there", () => {
    const site = only(set(6, 16), spill(6, -8), callSubprogram(), fill(5, -8), ...send(), exit());
    expect(site.size).toEqual({ kind: "unknown" });
  });

  test("that is overwritten in part is not known", () => {
    const narrow = line(0x62, { destination: 10, offset: -8, immediate: 1 });
    expect(only(set(6, 16), spill(6, -8), narrow, fill(5, -8), ...send(), exit()).size).toEqual({ kind: "unknown" });
  });
});

test("a record that is reserved has a size and no data", () => {
  const site = only(address(1, events), set(2, 40), set(3, 0), call(helper.ringbufReserve), exit());
  expect(site).toMatchObject({ stream: "ringbuf", map: { map: events }, data: { kind: "unknown" }, size: { value: 40 } });
});

test("a call that no path reaches does not count", () => {
  expect(outputSites(code(exit(), ...send(), exit()))).toEqual([]);
});
