import { languages } from "@lbc/build";
import { describe, expect, test } from "vitest";
import { endiannesses } from "./fixtures.ts";
import { readFixture, rootsIn, typeFixtures } from "./suite/declarations.ts";
import { runDeclarations } from "./suite/run.ts";

const minutes = 60_000;
const fixtures = await Promise.all(typeFixtures.map(readFixture));

describe.each(languages)("of every fixture, in both byte orders, generated code in %s", (language) => {
  test("reads and writes what clang does", { timeout: 10 * minutes }, async () => {
    expect(await runDeclarations(fixtures, { languages: [language], endiannesses, vectors: 8, seed: 1 })).toEqual([]);
  });
});

test.each(fixtures)("$name has types to compare", ({ roots }) => expect(roots.length).toBeGreaterThan(0));

test("roots are what is defined at file level", () => {
  const text = "struct a {\n};\n\ntypedef struct {\n\tint x;\n} b_t;\n\n/* not a root */\nstruct c {\n};\nstruct d {\n} __packed;\n";
  expect(rootsIn(text)).toEqual(["struct a", "b_t", "struct d"]);
});
