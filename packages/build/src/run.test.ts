import { expect, test } from "vitest";
import { run } from "./run.ts";

const node = (code: string, input?: string | Promise<Uint8Array>) => run(process.execPath, ["-e", code], input);

test("a program's code and words come back, apart", async () => {
  expect(await node('console.log("out"); console.error("err"); process.exitCode = 3')).toEqual({
    exitCode: 3,
    signal: null,
    stdout: "out\n",
    stderr: "err\n",
  });
});

test("input reaches the program, and its end", async () => {
  const { stdout } = await node("process.stdin.pipe(process.stdout)", "int x;\n");
  expect(stdout).toBe("int x;\n");
});

test("input may come once the program runs", async () => {
  const later = new Promise<Uint8Array>((resolve) => setTimeout(resolve, 20, Buffer.from("late")));
  expect((await node("process.stdin.pipe(process.stdout)", later)).stdout).toBe("late");
});

test("a program whose input never comes is ended", async () => {
  const ended = await node("process.stdin.pipe(process.stdout)", Promise.reject(new Error("no input")));
  expect(ended).toMatchObject({ exitCode: null, stderr: "ended by SIGTERM" });
});

test("a program that does not read its input is no error", async () => {
  expect((await node("process.exit(0)", "x".repeat(1 << 20))).exitCode).toBe(0);
});

test("a program that is not there says so", async () => {
  expect(await run("/nowhere/clang", [])).toMatchObject({ exitCode: null, stderr: expect.stringContaining("ENOENT") });
});

test("a program that a signal ended has no code", async () => {
  expect(await node('process.kill(process.pid, "SIGKILL")')).toMatchObject({
    exitCode: null,
    signal: "SIGKILL",
    stderr: "ended by SIGKILL",
  });
});
