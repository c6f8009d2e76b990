import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { constants as system, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { helper } from "./helper.ts";
import type { Check, Tool } from "./tool.ts";

/** What one call of open(2) gave: a descriptor, or a negative error number. */
interface Opened {
  readonly path: string;
  readonly result: number;
}

/** A process that opens files when it is told to, and tells what it got. */
export const opensnoop: Tool = {
  name: "opensnoop",
  prints: "events",
  prepare: async () => {
    const folder = await mkdtemp(join(tmpdir(), "lbc-opensnoop-"));
    await writeFile(join(folder, "grüße.txt"), "");
    const opener = await helper<readonly Opened[]>(fileURLToPath(import.meta.url), folder);
    return {
      args: [String(opener.pid)],
      run: async () => check(opener.pid, await opener.go()),
      [Symbol.asyncDispose]: async () => {
        opener.end();
        await rm(folder, { recursive: true });
      },
    };
  },
};

/** Of lines as `PID COMM RESULT PATH`. */
export const check =
  (pid: number, opened: readonly Opened[]): Check =>
  (output) => {
    const seen = [...output.matchAll(/^(\d+) +.*? +(-?\d+) (.*)$/gm)].map(([, of, result, path]) => `${of} ${result} ${path}`);
    const wrong = seen.filter((line) => !line.startsWith(`${pid} `)).map((line) => `of another process: ${line}`);
    return [...wrong, ...opened.filter(({ path, result }) => !seen.includes(`${pid} ${result} ${path}`)).map(notShown)];
  };

const notShown = ({ path, result }: Opened): string => `not shown: ${path} as ${result}`;

function open(path: string, flags: number): Opened {
  try {
    const result = openSync(path, flags);
    closeSync(result);
    return { path, result };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { path, result: -(system.errno[code as keyof typeof system.errno] ?? 0) };
  }
}

helper.serve(import.meta.url, (folder) => [
  open(join(folder, "grüße.txt"), constants.O_RDONLY),
  open(join(folder, "new"), constants.O_CREAT | constants.O_WRONLY),
  open(join(folder, "missing"), constants.O_RDONLY),
  open(folder, constants.O_WRONLY),
]);
