import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { LbcError } from "@lbc/core";
import { readElf } from "@lbc/core/elf";
import { resolveLayout } from "@lbc/core/layout";
import { readObject } from "@lbc/core/object";
import { describe, expect, test } from "vitest";
import { corpusObjects } from "../../../tools/corpus/objects.ts";
import { endiannesses, fixtureLayout, layoutFixtures } from "./fixtures.ts";
import { violations } from "./invariants.ts";

const tools = await corpusObjects();
const testdata = await corpusObjects("cilium");
const named = (paths: readonly string[]): { name: string; path: string }[] => paths.map((path) => ({ name: basename(path), path }));

describe("a layout keeps what generators rely on", () => {
  test.each(layoutFixtures.flatMap((name) => endiannesses.map((endianness) => ({ name, endianness }))))(
    "in $name, $endianness endian",
    async ({ name, endianness }) => {
      expect(violations(await fixtureLayout(name, endianness))).toEqual([]);
    },
  );

  test.each(named(tools))("in $name of libbpf-tools", async ({ name, path }) => {
    const layout = resolveLayout(readObject(readElf(await readFile(path))), { name });
    expect(violations(layout)).toEqual([]);
    expect(layout.programs.length).toBeGreaterThan(0);
  });

  test.each(named(testdata))("in $name of cilium/ebpf, or refuses it with a typed error", async ({ name, path }) => {
    const bytes = await readFile(path);
    try {
      const layout = resolveLayout(readObject(readElf(bytes)), { name });
      expect(violations(layout)).toEqual([]);
    } catch (error) {
      if (!(error instanceof LbcError)) throw error;
      expect(error.hint).toBeTypeOf("string");
    }
  });
});
