import v8 from "node:v8";
import { afterEach, expect, test, vi } from "vitest";
import { compileLightly, usesColor } from "./io.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("V8 is told to compile lightly by a process of the command's own only", () => {
  const setFlags = vi.spyOn(v8, "setFlagsFromString").mockImplementation(() => undefined);
  const silent = { write: () => undefined };
  compileLightly({ stdout: silent, stderr: silent, env: {} });
  expect(setFlags).not.toHaveBeenCalled();
  compileLightly(process);
  expect(setFlags).toHaveBeenCalledWith("--no-turbofan");
});

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
])("a terminal (%j) with %j gets colours: %j", (isTTY, env, colors) => {
  expect(usesColor({ isTTY, write: () => undefined }, env)).toBe(colors);
});
