import type { Layout } from "@lbc/core/layout";
import { describe, expect, test } from "vitest";
import { emit } from "./index.ts";
import { hello, helloOptions, layoutOf, map, program } from "./layout.test-support.ts";

const output = async (layout: Layout) =>
  new Map([...(await emit(layout, helloOptions))].map(({ path, content }) => [path, content.toString()]));

test("a package is the golden files", async () => {
  const files = await output(hello);
  expect([...files.keys()]).toEqual(["hello/__init__.py", "hello/_skeleton.py", "hello/_types.py", "hello/hello.bpf", "hello/py.typed"]);
  for (const name of ["__init__", "_skeleton", "_types"]) {
    await expect(files.get(`hello/${name}.py`)).toMatchFileSnapshot(`../golden/hello/${name}.py`);
  }
});

test("the object lies in the package byte for byte", async () => {
  const files = new Map([...(await emit(hello, helloOptions))].map(({ path, content }) => [path, content]));
  expect(files.get("hello/hello.bpf")).toEqual(helloOptions.object);
});

test("the same input gives the same output", async () => {
  expect(await output(hello)).toEqual(await output(structuredClone(hello)));
});

test("a big-endian object names the other codecs and no others", async () => {
  const files = await output({ ...hello, object: { ...hello.object, endianness: "big" } });
  const text = `${files.get("hello/_types.py")}${files.get("hello/_skeleton.py")}`;
  expect(text).toContain("from pylbc import big as be");
  expect(text).toContain("pid = be.u32.at(8)");
  expect(text).not.toMatch(/\ble\./);
});

test("an object without types, maps or programs is a package too", async () => {
  const files = await output(layoutOf("empty", {}));
  expect(files.get("empty/_types.py")).toMatch(/^"""The C types of hello\.bpf\.o\.\n[\s\S]*"""\n$/);
  expect(files.get("empty/_skeleton.py")).not.toContain("little");
  expect(files.get("empty/__init__.py")).toContain("from ._skeleton import Empty, Maps, Programs\n");
});

test("an object may have the name of a class that every skeleton has", async () => {
  const init = (await output({ ...hello, object: { ...hello.object, name: "maps" } })).get("maps/__init__.py");
  expect(init).toContain("from ._skeleton import Bss, Maps, Maps_2, Programs, Rodata\n");
});

describe("text from an object", () => {
  const hostile = '"""\n\\ \u0000 {{x}} \\"';

  test("does not leave its string", async () => {
    const files = await output({
      ...hello,
      maps: [map(hostile, { doc: hostile })],
      programs: [program(hostile, hostile, null, { doc: hostile })],
    });
    const skeleton = files.get("hello/_skeleton.py") ?? "";
    expect(skeleton).toContain('HashMap(bpf, \'"""\\n\\\\ \\u0000 {{x}} \\\\"\', le.u32, le.u64)');
    const doc = String.raw`
        \"\"\"
        \\ {{x}} \\\"
        """`;
    expect(skeleton).toContain(`"""hash, 64 entries.${doc}\n`);
    expect(skeleton).toContain(
      `"""\`\`SEC(${String.raw`\"\"\"\"
        \\ {{x}} \\"")`}\`\`.${doc}\n`,
    );
  });
});
