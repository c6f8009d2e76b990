import { afterAll, beforeAll, test } from "vitest";
import type { LoadedObject } from "../index.ts";
import { idioms, loadIdioms } from "./core-idioms.ts";

let loaded: LoadedObject;
beforeAll(() => {
  loaded = loadIdioms();
});
afterAll(() => loaded.close());

test.each(idioms)("$name", ({ check }) => check(loaded));
