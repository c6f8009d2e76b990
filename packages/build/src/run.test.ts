import { expect, test } from "vitest";
import { run } from "./run.ts";

const node = (code: string, input?: string) => run(process.execPath, ["-e", code], input);

test("a program's code and words come back, apart", async () => {
  expect(await node('console.log("out"); console.error("err"); process.exitCode = 3')).toEqual({
    exitCode: 3,
    stdout: "out\n",
    stderr: "err\n",
  });
});

test("input reaches the program, and its end", async () => {
  const { stdout } = await node("process.stdin.pipe(process.stdout)", "int x;\n");
  expect(stdout).toBe("int x;\n");
});

test("a program that does not read its input is no error", async () => {
  expect((await node("process.exit(0)", "x".repeat(1 << 20))).exitCode).toBe(0);
});

test("a program that is not there says so", async () => {
  expect(await run("/nowhere/clang", [])).toMatchObject({ exitCode: null, stderr: expect.stringContaining("ENOENT") });
});

test("a program that a signal ended has no code", async () => {
  expect(await node('process.kill(process.pid, "SIGKILL")')).toMatchObject({ exitCode: null, stderr: "ended by SIGKILL" });
});
