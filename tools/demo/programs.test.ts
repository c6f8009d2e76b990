import { expect, test } from "vitest";
import { start } from "./programs.ts";

const shell = (script: string) => start({ language: "sh", command: ["sh", "-c", script, "sh"], folder: "/" }, ["42"]);

test("a program is attached once it says so, and its output is read when it is stopped", async () => {
  const program = shell('trap "echo ended; exit 0" INT; echo tracing >&2; echo "$1 attached"; while :; do sleep 0.05; done');
  await program.attached;
  expect(await program.stop()).toBeNull();
  expect(program.output()).toBe("42 attached\nended\n");
});

test("a program that ends before it is attached says with what", async () => {
  const program = shell("echo no permission >&2; exit 1");
  await expect(program.attached).rejects.toThrow("ended with 1: no permission");
});

test("a program that is missing is a failure, not a crash", async () => {
  const program = start({ language: "none", command: ["/nothing/here"], folder: "/" }, []);
  await expect(program.attached).rejects.toThrow("ENOENT");
});

test("a program that fails after it was attached is reported", async () => {
  const program = shell('trap "exit 3" INT; echo tracing >&2; while :; do sleep 0.05; done');
  await program.attached;
  expect(await program.stop()).toContain("ended with 3");
});

test("a program that Ctrl-C ends has not failed", async () => {
  const program = shell("echo tracing >&2; exec sleep 30");
  await program.attached;
  expect(await program.stop()).toBeNull();
});
