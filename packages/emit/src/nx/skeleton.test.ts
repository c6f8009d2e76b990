import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LbcError } from "@lbc/core";
import { addProjectConfiguration, type Tree } from "@nx/devkit";
import { createTreeWithEmptyWorkspace } from "@nx/devkit/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { FileSet } from "../file-set.ts";
import { type SdkRequest, sdkOf, skeletonGenerator } from "./skeleton.ts";

let tree: Tree;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
  tree.write("out/hello.bpf.o", Buffer.of(1, 2, 3));
});

let asked: { object: number[]; request: SdkRequest } | undefined;
const rust = () => "rust";
const generator = skeletonGenerator(
  () => (object, request) => {
    asked = { object: [...object], request };
    return new FileSet().add("src/lib.rs", "// lib\n").add("hello.bpf", Uint8Array.of(0xff, 0));
  },
  rust,
);

describe("an Nx generator", () => {
  test("writes the SDK into a folder of its name and language", async () => {
    await generator(tree, { object: "out/hello.bpf.o" });
    expect(tree.read("sdk/hello/rust/src/lib.rs", "utf8")).toBe("// lib\n");
    expect([...(tree.read("sdk/hello/rust/hello.bpf") ?? [])]).toEqual([0xff, 0]);
  });

  test("changes nothing but through the tree, so that a dry run is one", async () => {
    await generator(tree, { object: "out/hello.bpf.o" });
    const changes = tree.listChanges().filter(({ path }) => path.startsWith("sdk/"));
    expect(changes.map(({ type, path }) => [type, path])).toEqual([
      ["CREATE", "sdk/hello/rust/hello.bpf"],
      ["CREATE", "sdk/hello/rust/src/lib.rs"],
    ]);
  });

  test("writes below the root of a project, into the folder that is named", async () => {
    addProjectConfiguration(tree, "tool", { root: "apps/tool" });
    await generator(tree, { object: "out/hello.bpf.o", project: "tool", directory: "src/bpf" });
    expect(tree.exists("apps/tool/src/bpf/src/lib.rs")).toBe(true);
  });

  test("hands on the object and what was asked", async () => {
    await generator(tree, { object: "out/hello.bpf.o", name: "other", event: ["events=event"], type: ["extra"] });
    expect(asked).toEqual({
      object: [1, 2, 3],
      request: { name: "other", source: "hello.bpf.o", events: { events: "event" }, types: ["extra"], root: tree.root },
    });
  });

  test("reads an object outside the workspace by its absolute path", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lbc-nx-"));
    writeFileSync(join(folder, "far.bpf.o"), Buffer.of(9));
    await generator(tree, { object: join(folder, "far.bpf.o") });
    rmSync(folder, { recursive: true });
    expect(asked).toMatchObject({ object: [9], request: { name: "far" } });
  });
});

describe("what is wrong is said", () => {
  test("an object that is not there", async () => {
    await expect(generator(tree, { object: "missing.o" })).rejects.toThrow(/missing\.o: not found/);
  });

  test("an object outside the workspace that is not there", async () => {
    await expect(generator(tree, { object: "/missing/far.o" })).rejects.toThrow(/^\/missing\/far\.o: cannot be read: ENOENT.*name it from/);
  });

  test("an object that is a folder", async () => {
    await expect(generator(tree, { object: tmpdir() })).rejects.toThrow(/cannot be read: EISDIR/);
  });

  test("two types for the events of one map", async () => {
    const event = ["events=a", "events=b"];
    await expect(generator(tree, { object: "out/hello.bpf.o", event })).rejects.toThrow("the events of events are a already");
  });

  test("a project that is not there", async () => {
    await expect(generator(tree, { object: "out/hello.bpf.o", project: "nobody" })).rejects.toThrow(/nobody/);
  });

  test("an event without a type", async () => {
    await expect(generator(tree, { object: "out/hello.bpf.o", event: ["events"] })).rejects.toThrow(/MAP=TYPE/);
  });

  test("an error of lbc with its place and hint, which Nx would not show", async () => {
    const failing = skeletonGenerator(
      () => () => {
        throw new LbcError("bad-thing", { section: ".BTF", hint: "compile it again" });
      },
      rust,
    );
    await expect(failing(tree, { object: "out/hello.bpf.o" })).rejects.toThrow(
      "out/hello.bpf.o: .BTF: bad thing [bad-thing]\nhint: compile it again",
    );
  });

  test("what is no object, by the reader", async () => {
    const emitting = skeletonGenerator(() => sdkOf(() => new FileSet()), rust);
    await expect(emitting(tree, { object: "out/hello.bpf.o" })).rejects.toThrow(/^out\/hello\.bpf\.o: .*\[[a-z-]+\]/);
  });
});
