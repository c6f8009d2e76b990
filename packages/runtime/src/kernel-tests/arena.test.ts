import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Arena, type LoadedObject, scalars } from "../index.ts";
import { openFixture } from "./fixtures.test.support.ts";
import { kernelBefore, skipFor } from "./needs.test.support.ts";

/** `struct list_item` of arena.bpf.c: next, value. */
const itemSize = 16;

describe("an arena", () => {
  let loaded: LoadedObject;
  beforeEach(({ skip }) => {
    skipFor(skip, kernelBefore("6.9"));
    loaded = openFixture("arena").load();
  });
  afterEach(() => loaded?.close());

  const offsetOf = (name: string): number => {
    const variables = openFixture("arena").declared.data.find(({ kind }) => kind === "arena")?.variables ?? [];
    return variables.find((variable) => variable.name === name)?.offset ?? -1;
  };

  // parity: maps.arena
  test("holds variables with their initial values, and what programs write, pointers included", () => {
    const { view } = loaded.section(".addr_space.1");
    expect(view.getBigUint64(offsetOf("factor"), true)).toBe(3n);
    view.setBigUint64(offsetOf("factor"), 5n, true);
    loaded.program("make_list").testRun();
    const arena = loaded.arena("memory");
    const values: bigint[] = [];
    let item = arena.offsetOf(arena.view.getBigUint64(offsetOf("first"), true));
    while (item !== null && values.length < 10) {
      values.push(arena.view.getBigUint64(item + itemSize / 2, true));
      item = arena.offsetOf(arena.view.getBigUint64(item, true));
    }
    expect(values).toEqual([5n, 10n, 15n, 20n]);
  });

  test("is read and written where pointers point to", () => {
    const arena = loaded.arena("memory");
    const { u64 } = scalars("little");
    const factor = arena.address + BigInt(offsetOf("factor"));
    arena.set(factor, u64, 9n);
    expect([arena.get(factor, u64), arena.get(0n, u64)]).toEqual([9n, undefined]);
    const last = arena.address + BigInt(arena.view.byteLength - 4);
    for (const act of [() => arena.get(last, u64), () => arena.set(last, u64, 1n), () => arena.set(0n, u64, 1n)])
      expect(act).toThrow(expect.objectContaining({ code: "bad-index" }));
  });

  test("knows which addresses are its own", () => {
    const arena = loaded.arena("memory");
    expect([arena.offsetOf(arena.address), arena.offsetOf(arena.address + 100n)]).toEqual([0, 100]);
    expect(() => arena.offsetOf(arena.address + 16n * 4096n)).toThrow(expect.objectContaining({ code: "bad-index" }));
  });

  test("is dead after close, and is not made of a map of another kind", () => {
    const arena = loaded.arena("memory");
    loaded.close();
    expect(() => arena.view).toThrow(expect.objectContaining({ code: "closed" }));
    using maps = openFixture("maps").load();
    expect(() => new Arena(maps.map("ring"))).toThrow(expect.objectContaining({ code: "codec-mismatch" }));
  });
});
