import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { completionScript } from "./complete.ts";
import { createProgram } from "./program.ts";

const silent = { write: () => undefined };
const program = await createProgram({ stdout: silent, stderr: silent, env: {} }, () => undefined);
const choices = { "--lang": ["go", "rust"] };

/** What bash would offer for the last of some words. */
function offered(...words: string[]): string[] {
  const script = `${completionScript("bash", program, choices)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _lbc; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = spawnSync("bash", ["-c", script, "bash", ...words], { encoding: "utf8", cwd: import.meta.dirname });
  return stdout.split("\n").filter((line) => line !== "");
}

describe("in bash", () => {
  test("commands come first", () => {
    const words = offered("lbc", "");
    expect(words).toEqual(expect.arrayContaining(["build", "gen", "inspect", "complete"]));
    expect(words.slice(-2)).toEqual(["--version", "--help"]);
    expect(offered("lbc", "in")).toEqual(["inspect"]);
  });

  test("options are those of the command", () => {
    expect(offered("lbc", "inspect", "--")).toEqual(["--json", "--help"]);
    expect(offered("lbc", "gen", "x.o", "--ev")).toEqual(["--event"]);
  });

  test("an option offers its words", () => {
    expect(offered("lbc", "gen", "--lang", "")).toEqual(["go", "rust"]);
  });

  test("every other word is a file", () => {
    expect(offered("lbc", "gen", "complete.t")).toEqual(["complete.test.ts", "complete.ts"]);
  });
});

test("zsh takes the script of bash through its own adapter", () => {
  expect(completionScript("zsh", program, choices)).toBe(
    `autoload -Uz bashcompinit && bashcompinit\n${completionScript("bash", program, choices)}`,
  );
});

test("fish is told each command and option, with descriptions in quotes", () => {
  const script = completionScript("fish", program, choices);
  expect(script).toContain("-a inspect -d 'show what is in an object'\n");
  expect(script).toContain("-n '__fish_seen_subcommand_from gen' -l lang -s l -x -a 'go rust'");
});
