import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { root, scratch } from "../paths.ts";
import { parseEnv, parseInstructions } from "./instructions.ts";

const path = join(root, "tools/container/Containerfile");
const containerfile = await readFile(path, "utf8");

describe("the recipe", () => {
  test("has nothing that hadolint would have otherwise", async () => {
    const { stdout, exitCode } = await execa(join(scratch, "venv/bin/hadolint"), [path], { reject: false });
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 0 });
  });

  test("installs the version that is released with it", async () => {
    const { version } = JSON.parse(await readFile(join(root, "packages/pylbc/package.json"), "utf8")) as { version: string };
    expect(containerfile).toContain(`'pylbc[build]==${version}'`);
  });

  test("is made of instructions that its try-out follows", () => {
    expect(parseInstructions(containerfile).map(({ name }) => name)).toEqual([
      "FROM",
      "RUN",
      "RUN",
      "RUN",
      "ENV",
      "WORKDIR",
      "ENTRYPOINT",
      "CMD",
    ]);
  });
});

describe("reading a Containerfile", () => {
  test("joins lines that are continued, over comments between them", () => {
    expect(parseInstructions('# head\nrun a \\\n# why\n    && b\n\nCMD ["c"]\n')).toEqual([
      { name: "RUN", text: "a && b" },
      { name: "CMD", text: '["c"]' },
    ]);
  });

  test("puts variables in place of their names, and nothing where there is none", () => {
    expect(parseEnv("PATH=/opt:$PATH X=$Y", { PATH: "/bin" })).toEqual({ PATH: "/opt:/bin", X: "" });
    expect(() => parseEnv("PATH /opt", {})).toThrow("not of the form NAME=VALUE");
  });
});
