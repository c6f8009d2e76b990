import { describe, expect, test } from "vitest";
import { fixtureLayout, layoutFixtures } from "./fixtures.ts";
import { readableJson, stable, withoutByteOrder } from "./golden.ts";

describe.each(layoutFixtures)("the layout of %s", (name) => {
  test("is the golden one", async () => {
    const text = `${readableJson(stable(await fixtureLayout(name, "little")))}\n`;
    await expect(text).toMatchFileSnapshot(`../golden/layout/${name}.json`);
  });

  test("is the same for a big-endian target, but for the shifts of bit-fields", async () => {
    const [little, big] = await Promise.all([fixtureLayout(name, "little"), fixtureLayout(name, "big")]);
    expect(big.object.endianness).toBe("big");
    expect(withoutByteOrder(big)).toEqual(withoutByteOrder(little));
  });
});
