import { type Language, languages } from "@lbc/build";
import { describe, expect, test } from "vitest";
import { endiannesses } from "./fixtures.ts";
import { readFixture, rootsIn, typeFixtures } from "./suite/declarations.ts";
import { runDeclarations } from "./suite/run.ts";

const cases = typeFixtures.flatMap((name) => endiannesses.map((endianness) => ({ name, endianness })));
const minutes = 60_000;

describe.each(cases)("of $name, $endianness endian,", ({ name, endianness }) => {
  test("every language reads and writes what clang does", { timeout: 5 * minutes }, async () => {
    const declarations = await readFixture(name);
    expect(declarations.roots.length).toBeGreaterThan(0);
    const options = { languages: languages as readonly Language[], endianness, vectors: 8, seed: 1 };
    expect(await runDeclarations(declarations, options)).toEqual([]);
  });
});

test("roots are what is defined at file level", () => {
  const text = "struct a {\n};\n\ntypedef struct {\n\tint x;\n} b_t;\n\n/* not a root */\nstruct c {\n};\nstruct d {\n} __packed;\n";
  expect(rootsIn(text)).toEqual(["struct a", "b_t", "struct d"]);
});
