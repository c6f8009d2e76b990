import { expect, test } from "vitest";
import { start } from "./programs.ts";

const shell = (script: string) => start({ language: "sh", command: ["sh", "-c", script, "sh"], folder: "/" }, 42);

test("a program is attached once it says so, and its output is read when it is stopped", async () => {
  const program = shell(
    'echo "tracing $1" >&2; printf "1\\t2\\t3\\t4\\tsh\\targs\\n"; trap "echo total 1 | tr \\" \\" \\"\\t\\"; exit 0" INT; while :; do sleep 0.05; done',
  );
  await program.attached;
  expect(await program.stop()).toMatchObject({ failure: null, total: 1, events: [{ pid: 2, uid: 4, argv: "args" }] });
});

test("a program that ends before it is attached says with what", async () => {
  const program = shell("echo no permission >&2; exit 1");
  await expect(program.attached).rejects.toThrow("ended with 1: no permission");
});

test("a program that is missing is a failure, not a crash", async () => {
  const program = start({ language: "none", command: ["/nothing/here"], folder: "/" }, 1);
  await expect(program.attached).rejects.toThrow("ENOENT");
});

test("a program that fails after it was attached is reported", async () => {
  const program = shell('echo tracing >&2; trap "exit 3" INT; while :; do sleep 0.05; done');
  await program.attached;
  expect((await program.stop()).failure).toContain("ended with 3");
});
