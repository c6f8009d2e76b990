import type { Layout } from "@lbc/core/layout";
import { describe, expect, test } from "vitest";
import { format } from "./compile.test-support.ts";
import { hello, helloOptions } from "./hello.test-support.ts";
import { emit, emitBpfHeader } from "./index.ts";

const output = async (layout: Layout) =>
  new Map([...(await emit(layout, helloOptions))].map(({ path, content }) => [path, String(content)]));

test("a skeleton and its types are the golden files", async () => {
  const files = await output(hello);
  expect([...files.keys()]).toEqual(["hello.skel.h", "hello.types.h"]);
  await expect(files.get("hello.skel.h")).toMatchFileSnapshot("golden/hello.skel.h");
  await expect(files.get("hello.types.h")).toMatchFileSnapshot("golden/hello.types.h");
});

test("the header for a second BPF source is the golden file", async () => {
  await expect(emitBpfHeader(hello, helloOptions)).toMatchFileSnapshot("golden/hello.lbc.h");
});

test("the same input gives the same output", async () => {
  expect(await output(hello)).toEqual(await output(structuredClone(hello)));
});

test("clang-format would change nothing where comments have lines", async () => {
  for (const text of [...(await output(hello)).values(), emitBpfHeader(hello, helloOptions)]) {
    expect(text).toContain(" * ");
    expect(await format(text)).toBe(text);
  }
});

describe("text from an object", () => {
  const hostile = '*/ #error "\n\\';

  test("does not leave its comment or its string", async () => {
    const [map, ...maps] = hello.maps;
    const [program] = hello.programs;
    const layout = {
      ...hello,
      maps: [{ ...map, doc: hostile }, ...maps],
      programs: [{ ...program, name: `on${hostile}`, section: hostile, doc: hostile }],
    } as Layout;
    const skeleton = (await output(layout)).get("hello.skel.h") ?? "";
    expect(skeleton).toContain('s->progs[0].name = "on*/ #error \\"\\012\\\\";');
    expect(skeleton).toContain('\t\t * ringbuf, 4096 bytes.\n\t\t * * / #error "\n\t\t * \\\n\t\t */\n');
    expect(skeleton).toContain("struct bpf_program *on____error____;");
    const code = skeleton.replace(/\/\*[\s\S]*?\*\//g, "").replace(/"(?:[^"\\]|\\.)*"/g, '""');
    expect(code).not.toContain("#error");
  });
});

test("sections of no size and of no variables have no struct", async () => {
  const [rodata, config] = hello.sections;
  const layout = {
    ...hello,
    sections: [
      { ...rodata, size: 0, members: [] },
      { ...config, name: ".rodata.str1.1", ident: "rodata_str1_1", kind: "strings", members: [{ kind: "padding", offset: 0, size: 24 }] },
    ],
  } as Layout;
  const skeleton = (await output(layout)).get("hello.skel.h") ?? "";
  // libbpf makes a map of each section that has a byte, whether anything in it has a name or not
  expect(skeleton).toContain("struct bpf_map *rodata_str1_1;");
  expect(skeleton).not.toMatch(/\*rodata;|hello_bpf__rodata/);
});

test("an arena's variables are reached through the memory of its map", async () => {
  const [, config] = hello.sections;
  const layout = {
    ...hello,
    maps: [{ ...hello.maps[0], name: "heap", type: "arena", access: "memory", event: null }],
    sections: [{ ...config, name: ".addr_space.1", ident: "addr_space_1", kind: "arena" }],
  } as Layout;
  const skeleton = (await output(layout)).get("hello.skel.h") ?? "";
  expect(skeleton).toContain("s->maps[0].mmaped = (void **)&skel->arena;");
  expect(skeleton).toContain("s->map_cnt = 1;");
});

test("struct_ops have a link, and setters for their plain members", async () => {
  const structOps = [
    {
      name: "cubic",
      typeName: "tcp_congestion_ops",
      section: ".struct_ops",
      link: false,
      size: 64,
      functions: [{ member: "init", program: "on_exec" }],
      fields: [{ member: "flags", offset: 16, size: 4, type: { kind: "named", id: 1 } }],
      doc: null,
    },
  ];
  const skeleton = (await output({ ...hello, structOps } as Layout)).get("hello.skel.h") ?? "";
  expect(skeleton).toContain("hello_bpf__set_cubic_flags(const struct hello_bpf *skel, const __u32 *value)");
  expect(skeleton).toContain("memcpy(fields + 16, value, 4);");
  expect(skeleton).toContain("{ skel->maps.cubic, &skel->links.cubic },");
});
