import { expect, test } from "vitest";
import { printType, type RandomType } from "./declaration.ts";
import { shrinkType, typeAt } from "./sample.ts";

const hasInt128 = (type: RandomType): boolean => printType(type, "t").includes(" __int128 ");

test("a seed and an index always give the same type, and others give others", () => {
  expect(typeAt(3, 14)).toEqual(typeAt(3, 14));
  const different = new Set(Array.from({ length: 50 }, (_, index) => JSON.stringify([typeAt(3, index), typeAt(4, index)])));
  expect(different.size).toBe(50);
});

test("shrinking begins with the type of the seed and index, and ends with the smallest that fails", async () => {
  const index = Array.from({ length: 200 }, (_, at) => at).find((at) => hasInt128(typeAt(7, at)) && typeAt(7, at).members.length > 2) ?? 0;
  const tried: RandomType[] = [];
  const smallest = await shrinkType(7, index, async (type) => {
    tried.push(type);
    return hasInt128(type);
  });
  expect(tried[0]).toEqual(typeAt(7, index));
  expect(printType(smallest, "t")).toMatch(/^(struct|union) t \{\n\t(unsigned )?__int128 a;\n\};\n$/);
});

test("a type without a smaller one that fails is itself the smallest", async () => {
  const type = typeAt(1, 2);
  expect(await shrinkType(1, 2, async (tried) => JSON.stringify(tried) === JSON.stringify(type))).toEqual(type);
});
