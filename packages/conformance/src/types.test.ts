import { languages } from "@lbc/build";
import { beforeAll, describe, expect, test } from "vitest";
import { endiannesses } from "./fixtures.ts";
import { readFixture, rootsIn, typeFixtures } from "./suite/declarations.ts";
import { type Outcome, runDeclarations } from "./suite/run.ts";

const minutes = 60_000;
const fixtures = await Promise.all(typeFixtures.map(readFixture));

describe("of every fixture, in both byte orders,", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await runDeclarations(fixtures, { languages, endiannesses, vectors: 8, seed: 1 });
  }, 10 * minutes);

  test.each([...languages, "layout"])("%s reads and writes what clang does", (language) => {
    expect(outcome.disagreements.filter(({ by }) => by === language)).toEqual([]);
  });

  test("every root was compared", () => {
    expect(outcome.types).toBe(2 * fixtures.reduce((sum, { roots }) => sum + roots.length, 0));
  });
});

test.each(fixtures)("$name has types to compare", ({ roots }) => expect(roots.length).toBeGreaterThan(0));

test("roots are what is defined at file level", () => {
  const text = "struct a {\n};\n\ntypedef struct {\n\tint x;\n} b_t;\n\n/* not a root */\nstruct c {\n};\nstruct d {\n} __packed;\n";
  expect(rootsIn(text)).toEqual(["struct a", "b_t", "struct d"]);
});
