import { mkdir } from "node:fs/promises";
import { compileFixtures } from "../fixtures/compile.ts";
import { fixtures, out } from "./build.ts";
import type { Language } from "./report.ts";

/** Tests of one runtime: built on the host, run in the guest. */
export interface Suite {
  readonly language: Language;
  /** Returns the shell commands that run the tests in the guest: all of them, whatever became of the ones before. */
  readonly build: () => Promise<readonly string[]>;
}

/**
 * Builds every suite, and returns the script that runs them all, each whatever became of the ones before it and for so long at most. In the
 * guest's output folder LANGUAGE.log then has what it printed, and LANGUAGE.code its exit code.
 */
export async function script(suites: readonly Suite[], secondsEach: number): Promise<string> {
  await compileFixtures();
  await mkdir(out, { recursive: true });
  const lines: string[] = [];
  for (const { language, build } of suites) {
    console.log(`kernels: building the ${language} tests`);
    const commands = (await build()).map((command) => `(${command}) || failed=1`);
    lines.push(
      `cat >/run/${language}.sh <<'LBC_SUITE'`,
      ...[`export LBC_FIXTURES='${fixtures}'`, "failed=0", ...commands, "exit $failed", "LBC_SUITE"],
      `echo '== ${language}'`,
      `{ timeout -k 10 ${secondsEach} sh /run/${language}.sh; echo $? >/run/out/${language}.code; } 2>&1 | tee /run/out/${language}.log`,
    );
  }
  return [...lines, "! cat /run/out/*.code | grep -qvx 0"].join("\n");
}
