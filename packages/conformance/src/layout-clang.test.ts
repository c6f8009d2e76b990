import { printC } from "@lbc/core/c-printer";
import { type Layout, resolveLayout } from "@lbc/core/layout";
import type { BpfObject } from "@lbc/core/object";
import { describe, expect, test } from "vitest";
import { bitProbes, layoutAsserts, probeBytes } from "./clang-asserts.ts";
import { compileText, endiannesses, fixtureLayout, includeFixture, layoutFixtures } from "./fixtures.ts";

function symbolBytes({ elf }: BpfObject, name: string): number[] {
  const symbol = elf.symbols.find((candidate) => candidate.name === name);
  const section = elf.sections[symbol?.sectionIndex ?? 0];
  return symbol === undefined || section === undefined ? [] : [...section.data.subarray(symbol.value, symbol.value + symbol.size)];
}

/** Fixtures of what BTF does not record: packed structs with the layout of plain ones. */
const unrecorded: ReadonlySet<string> = new Set(["packed-unseen"]);

const cases = layoutFixtures.flatMap((name) => endiannesses.map((endianness) => ({ name, endianness })));

describe.each(cases)("clang agrees with $name, $endianness endian,", ({ name, endianness }) => {
  test("on sizes, offsets, enumerators and alignments in the source, and on every bit of its bit-fields", async () => {
    const layout = await fixtureLayout(name, endianness);
    const asserts = layoutAsserts(layout, unrecorded.has(name) ? "unrecorded" : "least");
    const { source, probes } = bitProbes(layout);
    const object = await compileText([includeFixture(name), ...asserts, source, ""].join("\n"), endianness);
    for (const probe of probes) expect(symbolBytes(object, probe.symbol), probe.label).toEqual([...probeBytes(probe, endianness)]);
    expect(layout.types.length === 0 || asserts.length > 0).toBe(true);
  });

  test("on alignments, too, in what is printed from BTF", async () => {
    const object = await compileText(includeFixture(name), endianness);
    const header = printC(object.btf as NonNullable<typeof object.btf>, { preserveAccessIndex: false });
    const layout: Layout = resolveLayout(object, { name });
    await compileText([header, ...layoutAsserts(layout, "exact"), ""].join("\n"), endianness);
  });
});

test("the asserts fail where a layout is wrong", async () => {
  const layout = await fixtureLayout("packed", "little");
  const wrong = { ...layout, types: layout.types.map((decl) => (decl.kind === "struct" ? { ...decl, align: decl.align * 32 } : decl)) };
  const source = [includeFixture("packed"), ...layoutAsserts(wrong, "least"), ""].join("\n");
  await expect(compileText(source, "little")).rejects.toMatchObject({ code: "compile-failed" });
});
