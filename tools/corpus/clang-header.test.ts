import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { type Btf, type NewBtfType, printRaw, readBtf, writeBtf } from "@lbc/core/btf";
import { printC } from "@lbc/core/c-printer";
import { readElfSection } from "@lbc/core/elf";
import { fetchKernelBtf, kernels } from "@lbc/kernels";
import { execa } from "execa";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { clangs, differences } from "./clang-header.ts";
import { corpusObjects } from "./objects.ts";
import { randomBtf } from "./random-btf.ts";

const vmlinux = "/sys/kernel/btf/vmlinux";
const newest = clangs[0] ?? "clang";
const seed = 20_260_401;

/** The BTF of each object that has any, by the object's path. */
const objects: { readonly path: string; readonly btf: Btf }[] = [];
beforeAll(async () => {
  for (const path of [...(await corpusObjects()), ...(await corpusObjects("cilium"))]) {
    const section = readElfSection(readFileSync(path), ".BTF");
    if (section !== undefined) objects.push({ path, btf: readBtf(section) });
  }
}, 120_000);

describe("clang lays out what is printed as the BTF says:", () => {
  test.each(clangs)("all objects of libbpf-tools and of cilium/ebpf's tests, with %s", { timeout: 300_000 }, (clang) => {
    expect(objects.length).toBeGreaterThan(61 + 40);
    const wrong = objects.flatMap(({ path, btf }) => differences(btf, clang).map((difference) => `${basename(path)}: ${difference}`));
    expect(wrong).toEqual([]);
  });

  // Kernels without CONFIG_DEBUG_INFO_BTF have no such file.
  test.skipIf(!existsSync(vmlinux))("the running kernel", { timeout: 300_000 }, () => {
    expect(differences(readBtf(readFileSync(vmlinux)), newest)).toEqual([]);
  });

  test.each(Object.keys(kernels))("Debian's kernel %s", { timeout: 600_000 }, async (version) => {
    expect(differences(readBtf(readFileSync(await fetchKernelBtf(version))), newest)).toEqual([]);
  });

  test.each(["little", "big"] as const)("random types, %s-endian", { timeout: 300_000 }, (endianness) => {
    const holds = (types: readonly NewBtfType[]): void => {
      expect(differences(readBtf(writeBtf(types, endianness)), newest)).toEqual([]);
    };
    fc.assert(fc.property(randomBtf, holds), { seed, numRuns: 40, endOnFailure: true });
  });
});

test.each([
  ["another size", { size: 8 }, {}],
  ["a member elsewhere", { size: 8 }, { bitOffset: 32 }],
  ["another width of a bit-field", {}, { bitSize: 3 }],
  ["a bit-field elsewhere", {}, { bitSize: 4, bitOffset: 1 }],
])("a header with %s is found", (_what, ofStruct, ofMember) => {
  const member = { name: "a", type: 1, bitOffset: 0, bitSize: "bitSize" in ofMember ? 4 : 0 };
  const int: NewBtfType = { kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 };
  const btfOf = (struct: object, field: object): Btf =>
    readBtf(writeBtf([int, { kind: "struct", name: "s", size: 4, members: [{ ...member, ...field }], ...struct }]));
  expect(differences(btfOf({}, {}), newest)).toEqual([]);
  expect(differences(btfOf({}, {}), newest, printC(btfOf(ofStruct, ofMember)))).not.toEqual([]);
});

test.each([
  ["of another sign", { signed: true }],
  ["with another value", { values: [{ name: "A", value: 1n }] }],
])("a header with an enum %s is found", (_what, printed) => {
  const btfOf = (other: object): Btf =>
    readBtf(writeBtf([{ kind: "enum", name: "e", size: 1, wide: false, signed: false, values: [{ name: "A", value: 0n }], ...other }]));
  expect(differences(btfOf({}), newest)).toEqual([]);
  expect(differences(btfOf({}), newest, printC(btfOf(printed)))).not.toEqual([]);
});

test("the raw form is what bpftool prints, for every object that it reads", { timeout: 120_000 }, async () => {
  const different: string[] = [];
  for (const { path, btf } of objects) {
    const theirs = await execa("bpftool", ["btf", "dump", "file", path], { stripFinalNewline: false });
    if (theirs.stdout !== new TextDecoder().decode(printRaw(btf))) different.push(path);
  }
  expect(different).toEqual([]);
});
