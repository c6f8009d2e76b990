import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { languages } from "@lbc/build";
import { beforeAll, describe, expect, test } from "vitest";
import { endiannesses } from "./fixtures.ts";
import { readFixture, rootsIn, typeFixtures } from "./suite/declarations.ts";
import { compileObjectFixtures, objectFixtures } from "./suite/fixture-objects.ts";
import { kernelDeclarations } from "./suite/kernel.ts";
import { type Outcome, runDeclarations, runObjects } from "./suite/run.ts";

const minutes = 60_000;
const fixtures = [...(await Promise.all(typeFixtures.map(readFixture))), await kernelDeclarations()];

describe("of every fixture, in both byte orders,", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await runDeclarations(fixtures, { languages, endiannesses, vectors: 8, seed: 1 });
  }, 20 * minutes);

  test.each([...languages, "layout"])("%s reads and writes what clang does", (language) => {
    expect(outcome.disagreements.filter(({ by }) => by === language)).toEqual([]);
  });

  test("every root was compared", () => {
    expect(outcome.types).toBe(2 * fixtures.reduce((sum, { roots }) => sum + roots.length, 0));
  });
});

describe("of the types that every object among the fixtures reaches, in both byte orders,", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "lbc-fixtures-"));
    outcome = await runObjects(await compileObjectFixtures(folder), { languages, vectors: 8, seed: 1 });
    await rm(folder, { recursive: true });
  }, 20 * minutes);

  test.each([...languages, "layout"])("%s reads and writes what clang does", (language) => {
    expect(outcome.disagreements.filter(({ by }) => by === language)).toEqual([]);
  });

  test("no object is refused", () => {
    expect(objectFixtures.length).toBeGreaterThan(40);
    expect(outcome.refused).toEqual([]);
  });
});

test.each(fixtures)("$name has types to compare", ({ roots }) => expect(roots.length).toBeGreaterThan(0));

test("roots are what is defined at file level", () => {
  const text = "struct a {\n};\n\ntypedef struct {\n\tint x;\n} b_t;\n\n/* not a root */\nstruct c {\n};\nstruct d {\n} __packed;\n";
  expect(rootsIn(text)).toEqual(["struct a", "b_t", "struct d"]);
});
