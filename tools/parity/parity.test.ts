import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../paths.ts";
import { collect, type Language, proofsIn } from "./collect.ts";
import type { Group } from "./features.ts";
import { document, problems } from "./table.ts";

test("docs/runtimes.md is what the tests prove, and every tag names a row; else run node tools/parity/main.ts", async () => {
  const proofs = await collect(root);
  expect(problems(proofs)).toEqual([]);
  expect(await readFile(join(root, "docs/runtimes.md"), "utf8")).toBe(document(proofs));
});

describe("a tag is followed by its test", () => {
  test.each<[Language, string, string]>([
    ["typescript", '// parity: maps.hash\ntest("a hash map has", () => {', "a hash map has"],
    ["typescript", '// parity: maps.hash\ntest.each([\n  ["a"],\n])("%s has", (a) => {', "%s has"],
    ["typescript", '// parity: maps.hash\ntest.for(["a"])("%s is", (a) => {', "%s is"],
    ["go", "// parity: maps.hash\nfunc TestHash(t *testing.T) {", "TestHash"],
    ["go", '\t// parity: maps.hash\n\tt.Run("hash", func(t *testing.T) {', "hash"],
    ["rust", "// parity: maps.hash\n#[test]\nfn a_hash_map() {", "a_hash_map"],
    ["python", "# parity: maps.hash\n@pytest.mark.root\ndef test_hash(maps):", "test_hash"],
    ["c", "/* parity: maps.hash */\nstatic void hash_maps(void)", "hash_maps"],
  ])("in %s: %j", (language, source, name) => {
    expect(proofsIn(source, language, "f")).toEqual([{ feature: "maps.hash", language, file: "f", test: name }]);
  });

  test("and may name several rows", () => {
    const proofs = proofsIn("# parity: maps.hash, links.tp-btf\ndef test_both():", "python", "f");
    expect(proofs.map(({ feature }) => feature)).toEqual(["maps.hash", "links.tp-btf"]);
  });
});

describe("the page", () => {
  const rows: Group[] = [{ title: "Maps", features: [{ id: "maps.hash", label: "hash" }] }];
  const proof = { feature: "maps.hash", language: "go", file: "a_test.go", test: "TestHash" } as const;
  const gap = { feature: "maps.hash", language: "c", reason: "there is no libbpf", source: "libbpf.h" } as const;

  test("leads from a cell to its test, and from a gap to its reason", () => {
    const page = document([proof], [gap], rows);
    expect(page).toContain('| hash | no, see 1 |  | [yes](../a_test.go "TestHash") |  |  |');
    expect(page).toContain("1. C, maps.hash: there is no libbpf (libbpf.h).");
  });

  test("is not made of rows that are not there, nor of gaps that are none", () => {
    expect(problems([{ ...proof, feature: "maps.none" }], [], rows)).toEqual(["a_test.go names maps.none, which is no row"]);
    expect(problems([proof], [{ ...gap, language: "go" }], rows)).toEqual(["maps.hash is explained as a gap of go, and proved"]);
    expect(problems([], [{ ...gap, feature: "maps.none" }], rows)).toEqual(["a gap is explained for maps.none, which is no row"]);
  });
});
