import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { main } from "./index.ts";

/** Set-up compiles it from packages/conformance/fixtures/kernel. */
const maps = fileURLToPath(new URL("../../../.lbc/fixtures/maps.bpf.o", import.meta.url));
const attach = fileURLToPath(new URL("../../../.lbc/fixtures/attach.bpf.o", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lbc-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as the shell would, with what it writes. */
async function lbc(argv: readonly string[], isTTY = false): Promise<Result> {
  let [out, err] = ["", ""];
  const stdout = {
    isTTY,
    write: (text: string) => {
      out += text;
    },
  };
  const stderr = {
    isTTY,
    write: (text: string) => {
      err += text;
    },
  };
  const code = await main(argv, { stdout, stderr, env: {} });
  return { code, out, err };
}

const gen = (...argv: string[]): Promise<Result> => lbc(["gen", ...argv, "--out", folder]);

describe("lbc", () => {
  test("--help tells a newcomer what to type, and is no mistake", async () => {
    const { code, out } = await lbc(["--help"]);
    expect(code).toBe(0);
    expect(out).toContain("$ lbc gen hello.bpf.o --lang python");
    expect(out).toContain("Exit codes: 0 done, 1 failed, 2 wrong use or bad input.");
  });

  test("--version prints the version of the package", async () => {
    const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    expect(await lbc(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  test("without a command it shows the help, as wrong use", async () => {
    const { code, err } = await lbc([]);
    expect(code).toBe(2);
    expect(err).toContain("Usage: lbc");
  });

  test("wrong use is one document with --json, unless that is an argument of another program", async () => {
    const { code, out, err } = await lbc(["inspect", "x.o", "--jsn", "--json"]);
    expect({ code, error: JSON.parse(out).error.code }).toEqual({ code: 2, error: "wrong-use" });
    expect(err).toContain("unknown option '--jsn'");
    expect((await lbc(["test", "--", "x", "--json"])).out).toBe("");
  });

  test.each([
    [["insepct", "x.o"], "(Did you mean inspect?)"],
    [["gen", "x.o", "--lagn", "go"], "(Did you mean --lang?)"],
    [["gen", "x.o", "--lang", "ts", "--out", "."], "Did you mean typescript?"],
    [["gen", "x.o", "--lang", "cobol", "--out", "."], '"cobol" is none of c, go, python, rust, typescript, all'],
    [["gen", "x.o", "--out", "."], "--lang is missing"],
    [["gen", "x.o", "--lang", "go"], "--out is missing"],
    [["gen", "x.o", "--lang", "go", "--out", ".", "--event", "events"], "Write it as MAP=TYPE"],
    [["gen", "x.o", "--lang", "go", "--out", ".", "--event", "e=a", "--event", "e=b"], "The events of e are a already."],
    [["gen", "a.o", "b.o", "--lang", "go", "--out", ".", "--name", "n"], "--name is for one object"],
    [["gen", "--lang", "go", "--out", "."], "missing required argument 'OBJECT'"],
  ])("%j is wrong use, and says what would be right", async (argv, said) => {
    const { code, err } = await lbc(argv);
    expect(err).toContain(said);
    expect(code).toBe(2);
  });
});

describe("lbc gen", () => {
  test("one language stands in the folder directly", async () => {
    const { code, out, err } = await gen(maps, "--lang", "typescript");
    expect({ code, out }).toEqual({ code: 0, out: `maps: 2 files in ${folder} (typescript)\n` });
    expect(await readdir(folder)).toEqual(["maps.lbc.h", "maps.ts"]);
    expect(err).toContain("note: records: ");
  });

  test("several languages stand in folders of their own", async () => {
    expect((await gen(maps, "--lang", "typescript,c")).code).toBe(0);
    expect(await readdir(folder)).toEqual(["c", "typescript"]);
  });

  test("several objects stand in folders of their own", async () => {
    expect((await gen(maps, attach, "--lang", "typescript")).out).toBe(`2 objects: 4 files in ${folder} (typescript)\n`);
    expect(await readdir(folder)).toEqual(["attach", "maps"]);
  });

  test("--name names files and types", async () => {
    await gen(maps, "--lang", "typescript", "--name", "other");
    expect(await readFile(join(folder, "other.ts"), "utf8")).toContain("export class Other implements Disposable");
  });

  test("--json tells what was written and what a person should know", async () => {
    const { out, err } = await gen(maps, "--lang", "typescript", "--json");
    const [{ name, files, notes }] = JSON.parse(out).generated;
    expect({ name, files, err }).toEqual({ name: "maps", files: [join(folder, "maps.lbc.h"), join(folder, "maps.ts")], err: "" });
    expect(notes).toMatchObject([{ code: "event-type-unknown", subject: "records" }]);
  });

  test("--event gives the type of an event stream", async () => {
    await gen(maps, "--lang", "typescript", "--event", "records=flow");
    expect(await readFile(join(folder, "maps.ts"), "utf8")).toContain("readonly records: Omit<RingBuffer<Flow>");
  });

  test("with several objects --event counts for those that have the map, and one has to", async () => {
    const words = ["gen", maps, attach, "--lang", "typescript", "--out", folder];
    expect(await lbc([...words, "--event", "records=flow"])).toMatchObject({ code: 0, err: expect.not.stringContaining("records") });
    expect(await readFile(join(folder, "maps/maps.ts"), "utf8")).toContain("readonly records: Omit<RingBuffer<Flow>");
    await rm(join(folder, "maps"), { recursive: true });
    const { code, err } = await lbc([...words, "--event", "recrds=flow"]);
    expect(code).toBe(2);
    expect(err).toContain("recrds: no object has a map of this name [unknown-map]\n  hint: did you mean records");
    expect(await readdir(folder)).not.toContain("maps");
  });

  test("--types takes a header of BPF programs as well, with -I and -D", async () => {
    await mkdir(join(folder, "include"));
    await writeFile(join(folder, "include/when.h"), "typedef u64 when_t;");
    const header = join(folder, "reading.h");
    await writeFile(
      header,
      '#include "vmlinux.h"\n#include <when.h>\nstruct reading { when_t when; struct list_head list; u32 what[WHATS]; };',
    );
    const words = ["--event", "records=reading", "--types", header, "-I", join(folder, "include"), "-D", "WHATS=3"];
    const { code, err } = await gen(maps, "--lang", "typescript", ...words);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(await readFile(join(folder, "maps.ts"), "utf8")).toContain("readonly what: readonly number[];");
  });

  test("a header that does not compile is named with its line, one that is cut without", async () => {
    const header = join(folder, "reading.h");
    for (const [text, place] of [
      ["\nstruct reading { u99 when; };", "reading.h:2"],
      ["struct reading { u32 when;", "reading.h:"],
    ] as const) {
      await writeFile(header, text);
      const { code, out } = await gen(maps, "--lang", "typescript", "--event", "records=reading", "--types", header, "--json");
      const { file, line } = JSON.parse(out).error;
      expect({ code, place: `${file}:${line ?? ""}` }).toMatchObject({ code: 2, place: expect.stringMatching(new RegExp(`${place}$`)) });
    }
  });

  test.each(["struct reading { u99 when; };", "\u007fELF"])(
    "what --types names is read even where nothing is wanted of it: %j",
    async (text) => {
      const file = join(folder, "reading");
      await writeFile(file, text);
      const { code, err } = await gen(maps, "--lang", "typescript", "--types", file);
      expect(code).toBe(2);
      expect(err).toContain(file);
    },
  );

  test("maps without BTF are refused, as loaders do", async () => {
    const object = join(folder, "stripped.bpf.o");
    const objcopy = "$(command -v llvm-objcopy-19 llvm-objcopy-18 llvm-objcopy | head -n 1)";
    execFileSync("sh", ["-c", `${objcopy} --remove-section=.BTF --remove-section=.BTF.ext "$1" "$2"`, "sh", maps, object]);
    const { code, err } = await gen(object, "--lang", "python");
    expect(code).toBe(2);
    expect(err).toMatch(/stripped\.bpf\.o: \.maps: the object has maps, but no BTF.*\[maps-without-btf\]/);
  });

  test("--types supplies a type that the object lacks, from a header", async () => {
    const header = join(folder, "reading.h");
    await writeFile(header, "struct reading { u64 when; u32 what; };");
    const { code, err } = await gen(maps, "--lang", "typescript", "--event", "records=reading", "--types", header);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(await readFile(join(folder, "maps.ts"), "utf8")).toContain("export interface Reading {");
  });

  test("--types takes the type from another object as well", async () => {
    const { code } = await gen(maps, "--lang", "typescript", "--event", "records=hit", "--types", attach);
    expect(code).toBe(0);
    expect(await readFile(join(folder, "maps.ts"), "utf8")).toContain("export interface Hit {");
  });

  test("a type that is nowhere is bad input, and nothing is written", async () => {
    const { code, err } = await gen(maps, "--lang", "typescript", "--event", "records=flwo");
    expect(code).toBe(2);
    expect(err).toContain("[unknown-type]");
    expect(err).toContain("did you mean flow");
    expect(await readdir(folder)).toEqual([]);
  });

  test("--type emits a type that nothing uses", async () => {
    await gen(maps, "--lang", "typescript", "--type", "flow_key", "--type", "color");
    expect(await readFile(join(folder, "maps.ts"), "utf8")).toContain("export interface FlowKey {");
  });

  test("an object that cannot be read does not keep the others from being done", async () => {
    const broken = join(folder, "broken.bpf.o");
    await writeFile(broken, (await readFile(maps)).subarray(0, 100));
    const { code, err, out } = await gen(broken, maps, "--lang", "typescript");
    expect(code).toBe(2);
    expect(err).toContain(`lbc: ${broken}: `);
    expect(out).toContain("maps: 2 files");
    expect(await readdir(folder)).toEqual(["broken.bpf.o", "maps"]);
  });

  test("two objects of one name are refused, since one would take the other's place", async () => {
    const twin = join(folder, "maps.o");
    await writeFile(twin, await readFile(maps));
    const { code, err } = await gen(maps, twin, "--lang", "typescript");
    expect(code).toBe(2);
    expect(err).toContain("[name-clash]");
    expect(await readdir(folder)).toEqual(["maps.o"]);
  });

  test.each([
    ["a file that is not there", "missing.o", "cannot-read", "check the spelling"],
    ["a folder", ".", "cannot-read", "not a folder"],
  ])("%s is bad input", async (_what, path, errorCode, hint) => {
    const { code, err } = await gen(path, "--lang", "c");
    expect(code).toBe(2);
    expect(err).toContain(`[${errorCode}]`);
    expect(err).toContain(hint);
  });

  test("with --json what was done and what failed are one document, and people read of errors as ever", async () => {
    const { code, out, err } = await gen("missing.o", maps, "--lang", "c", "--json");
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      generated: [{ name: "maps" }],
      errors: [{ code: "cannot-read", message: expect.any(String), file: "missing.o", hint: expect.any(String) }],
    });
    expect(err).toMatch(/^lbc: missing\.o: cannot read: .*\n {2}hint: check the spelling/);
  });

  test("a folder that cannot be written is a failure, not bad input", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const { code, err } = await lbc(["gen", maps, "--lang", "typescript", "--out", join(file, "sdk")]);
    expect(code).toBe(1);
    expect(err).toContain("[cannot-write]");
  });

  test("on a terminal it shows how far it is, and leaves nothing of that behind", async () => {
    const { err } = await lbc(["gen", attach, maps, "--lang", "typescript", "--out", folder], true);
    expect(err).toContain("[1/2] attach.bpf.o");
    expect(err).toContain("\r\u001b[K");
    expect(err.endsWith("hint: name it: --event records=STRUCT, with --types HEADER where the object's BTF lacks the struct\n")).toBe(true);
  });
});

describe("lbc inspect", () => {
  test("shows programs, maps and types", async () => {
    const { code, out } = await lbc(["inspect", maps]);
    expect(code).toBe(0);
    for (const part of ["touch_maps", "hash_map", "struct flow_key", "greeting"]) expect(out).toContain(part);
  });

  test("--json prints the layout", async () => {
    const { out } = await lbc(["inspect", "--json", maps]);
    expect(JSON.parse(out)).toMatchObject({ schema: 1, object: { name: "maps" } });
  });

  test("what is no BPF object is bad input with a hint", async () => {
    const { code, err } = await lbc(["inspect", fileURLToPath(import.meta.url)]);
    expect(code).toBe(2);
    expect(err).toMatch(/^lbc: .*main\.test\.ts: .*\[[a-z-]+\]\n {2}hint: /);
  });

  test("colours are for terminals", async () => {
    expect((await lbc(["inspect", maps])).out).not.toContain("\u001b[");
    expect((await lbc(["inspect", maps], true)).out).toContain("\u001b[");
  });
});
