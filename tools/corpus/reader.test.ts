import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { readBtf } from "@lbc/core/btf";
import { findSection, readElf } from "@lbc/core/elf";
import { readObject } from "@lbc/core/object";
import { afterAll, describe, expect, test } from "vitest";
import { allTypes, compilePeer, libbpfView, ourView } from "./libbpf-view.ts";
import { corpusObjects } from "./objects.ts";
import { bpftoolSummaries, summary } from "./type-summary.ts";

/** A BPF object that nobody here wrote. */
interface CorpusObject {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
}

const read = (paths: readonly string[]): CorpusObject[] => paths.map((path) => ({ name: basename(path), path, bytes: readFileSync(path) }));

const folder = mkdtempSync(join(tmpdir(), "lbc-reader-"));
const peer = join(folder, "libbpf-peer");
await compilePeer(peer);
afterAll(() => rmSync(folder, { recursive: true }));

const tools = read(await corpusObjects());
const testdata = read(await corpusObjects("cilium"));
const corpus = [...tools, ...testdata];
const opened: [name: string, object: CorpusObject, lines: string[]][] = [];
for (const object of corpus) {
  const lines = await libbpfView(peer, object.path);
  if (lines !== null) opened.push([object.name, object, lines]);
}

test("libbpf opens every tool of Debian's, and the objects of cilium's testdata that are well-formed and little-endian", () => {
  const names = new Set(opened.map(([name]) => name));
  expect(tools.filter(({ name }) => !names.has(name))).toEqual([]);
  expect(tools.length).toBeGreaterThanOrEqual(57);
  expect(opened.length - tools.length).toBeGreaterThanOrEqual(16);
});

describe("maps, programs and global variables are as libbpf opens them", () => {
  test.each(opened)("%s", (_name, object, theirs) => {
    expect(ourView(readObject(readElf(object.bytes)))).toEqual(theirs);
  });
});

describe("an object reads the same in both byte orders", () => {
  const view = (object: CorpusObject): string[] => ourView(readObject(readElf(object.bytes)));
  const pairs = testdata.flatMap((little) => {
    const big = testdata.find(({ name }) => name === little.name.replace("-el.", "-eb.") && name !== little.name);
    return big === undefined ? [] : [[little.name, little, big] as const];
  });
  test.each(pairs)("%s", (_name, little, big) => expect(view(big)).toEqual(view(little)));
});

describe("every type is as bpftool prints it", () => {
  const withBtf = corpus.flatMap(({ name, path, bytes }) => {
    const section = findSection(readElf(bytes), ".BTF");
    return section === undefined ? [] : [[name, path, readBtf(section.data)] as const];
  });
  test.each(withBtf)("%s", async (_name, path, btf) => {
    expect(allTypes(btf).map((type) => `${type.name} ${summary(type)}`)).toEqual(await bpftoolSummaries(path));
  });
});
