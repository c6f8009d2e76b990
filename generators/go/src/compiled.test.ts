import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileObject, complaints, type Endianness, sectionBytes, writeModule, writePackage } from "./compile.test-support.ts";

const minutes = 60_000;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const shared = here("../../../packages/conformance/fixtures/layout");
const orders: readonly (readonly [Endianness, string])[] = [
  ["bpfel", "binary.LittleEndian"],
  ["bpfeb", "binary.BigEndian"],
];
let folder = "";

/** All fixtures in one module: Go's tools take as long for one package as for all. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-gen-go-"));
  await writeModule(folder);
  const sources = (await readdir(shared)).filter((name) => name.endsWith(".bpf.c")).map((name) => join(shared, name));
  for (const source of [...sources, here("fixtures/names.bpf.c"), here("fixtures/types.bpf.c")]) {
    const name = basename(source, ".bpf.c");
    for (const [endianness, order] of orders) {
      const object = await compileObject(source, join(folder, "object"), endianness);
      const target = join(folder, endianness, name);
      await writePackage(object, name, target);
      if (name === "types") await writeValuesTest(object, target, order);
    }
  }
}, 5 * minutes);

async function writeValuesTest(object: Uint8Array, target: string, order: string): Promise<void> {
  const text = await readFile(here("fixtures/values_test.go"), "utf8");
  await writeFile(join(target, "values_test.go"), text.replace("binary.LittleEndian", order));
  await writeFile(join(target, "data.bin"), sectionBytes(object, ".data"));
}

afterAll(() => rm(folder, { recursive: true, force: true }));

test("gofmt leaves the output as it is", async () => {
  expect(await complaints(folder, "gofmt", "-l", ".")).toBe("");
});

test("go vet has nothing to say about the output", { timeout: 10 * minutes }, async () => {
  expect(await complaints(folder, "go", "vet", "./...")).toBe("");
});

test("generated types read and write the bytes that clang writes, in both byte orders", { timeout: 10 * minutes }, async () => {
  expect(await complaints(folder, "go", "test", "./bpfel/types", "./bpfeb/types")).toBe("");
});
