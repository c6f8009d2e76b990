import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CacheEntry, cacheFolder, ObjectCache, writeWhole } from "./cache.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-cache-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const object = new Uint8Array([1, 2, 3]);
const past = 0;
const future = Number.MAX_SAFE_INTEGER;

async function entry(): Promise<{ cache: ObjectCache; result: CacheEntry }> {
  const source = join(folder, "a.c");
  await writeFile(source, "int a;");
  return { cache: new ObjectCache(join(folder, "cache")), result: { object, diagnostics: "warning", dependencies: [source] } };
}

/** What a build does with its result; tells whether it was kept. */
async function keep(cache: ObjectCache, result: CacheEntry, started: number, candidates: readonly string[] = []): Promise<boolean> {
  const place = await cache.place("request", result.dependencies, started, candidates);
  if (place !== undefined) await cache.keep(place, result);
  return place !== undefined;
}

test("a result is found by the same request and the same content only", async () => {
  const { cache, result } = await entry();
  await keep(cache, result, future);
  expect(await cache.find("request")).toEqual({ ...result, object: Buffer.from(object) });
  expect(await cache.find("another")).toBeUndefined();
  await writeFile(join(folder, "a.c"), "int b;");
  expect(await cache.find("request")).toBeUndefined();
});

test("nothing is kept of a file that changed while it was compiled", async () => {
  const { cache, result } = await entry();
  expect(await keep(cache, result, past)).toBe(false);
  expect(await cache.find("request")).toBeUndefined();
});

test("nothing is kept where a file that may have been looked for came while it was compiled", async () => {
  const { cache, result } = await entry();
  await writeFile(join(folder, "opt.h"), "");
  const source = (await stat(join(folder, "a.c"))).mtimeMs;
  await utimes(join(folder, "a.c"), 1, 1);
  expect(await keep(cache, result, source, [join(folder, "opt.h")])).toBe(false);
  expect(await cache.find("request")).toBeUndefined();
});

test("what is left of a damaged cache is made again", async () => {
  const { cache, result } = await entry();
  await keep(cache, result, future);
  for (const name of await readdir(join(folder, "cache/manifests"))) await writeFile(join(folder, "cache/manifests", name), "{");
  expect(await cache.find("request")).toBeUndefined();
});

test("a manifest is taken for the request that it is of only, though another may have its file's name", async () => {
  const { cache, result } = await entry();
  await keep(cache, result, future);
  const manifests = join(folder, "cache/manifests");
  const [name = ""] = await readdir(manifests);
  const kept = await readFile(join(manifests, name), "utf8");
  await writeFile(join(manifests, name), kept.replace('"request":"request"', '"request":"another"'));
  expect(await cache.find("request")).toBeUndefined();
});

test("a file that is removed while it is looked for is no error", async () => {
  const { cache, result } = await entry();
  await keep(cache, result, future);
  await rm(join(folder, "a.c"));
  expect(await cache.find("request")).toBeUndefined();
});

test("a write that fails leaves nothing behind", async () => {
  await mkdir(join(folder, "taken"));
  await expect(writeWhole(join(folder, "taken"), "x")).rejects.toMatchObject({ code: "EISDIR" });
  expect(await readdir(folder)).toEqual(["taken"]);
});

test("a file that many write at once is one of theirs, whole, and nothing is left beside it", async () => {
  const contents = ["a", "b", "c", "d"].map((letter) => letter.repeat(1 << 20));
  await Promise.all(contents.map((content) => writeWhole(join(folder, "shared"), content)));
  expect(contents).toContain(await readFile(join(folder, "shared"), "utf8"));
  expect(await readdir(folder)).toEqual(["shared"]);
});

test.each([
  [{ XDG_CACHE_HOME: "/caches" }, "/caches/lbc"],
  [{ XDG_CACHE_HOME: "" }, expect.stringMatching(/\.cache\/lbc$/)],
])("with %j the cache is %j", (environment, path) => expect(cacheFolder(environment)).toEqual(path));
