import { expect, test } from "vitest";
import { emit } from "./index.ts";
import { emitOptions, goldenLayout, moduleText } from "./load-module.test.support.ts";

test("execsnoop becomes the golden module", async () => {
  await expect(await moduleText(await goldenLayout("execsnoop"))).toMatchFileSnapshot("../golden/execsnoop.ts.golden");
});

test("kernel operations and an arena become the golden module", async () => {
  await expect(await moduleText(await goldenLayout("operations"))).toMatchFileSnapshot("../golden/operations.ts.golden");
});

test("the same layout becomes the same text, whatever was generated before", async () => {
  const [execsnoop, shapes] = await Promise.all([goldenLayout("execsnoop"), goldenLayout("shapes")]);
  const first = await moduleText(execsnoop);
  await moduleText(shapes);
  expect(await moduleText(execsnoop)).toBe(first);
});

test("the object is embedded byte for byte, a view into a larger buffer too", async () => {
  const object = Uint8Array.from([0, 1, 2, 3]).subarray(1, 3);
  expect(await moduleText(await goldenLayout("execsnoop"), { ...emitOptions, object })).toContain('const embedded =\n  "AQI=";\n');
});

test("a name that is no file name or identifier becomes one", async () => {
  const layout = await goldenLayout("execsnoop");
  const files = await emit({ ...layout, object: { ...layout.object, name: "my tool/2-go" } }, emitOptions);
  const [file] = [...files];
  expect(file?.path).toBe("my_tool_2-go.ts");
  expect(file?.content).toContain("export class MyTool2Go implements Disposable");
  expect(file?.content).toContain('name: "my tool/2-go",');
});

test("a comment that would end early, or a source's name that does, is defused", async () => {
  const layout = await goldenLayout("execsnoop");
  const types = layout.types.map((decl) => ({ ...decl, doc: "end */ process.exit(); /*" }));
  const text = await moduleText({ ...layout, types }, { ...emitOptions, source: "x*/y.o" });
  expect(text).toContain("end * / process.exit(); /*");
  expect(text).not.toMatch(/end \*\//);
  expect(text).toContain("/** x* /y.o as base64. */");
});
