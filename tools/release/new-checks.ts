import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Language } from "@lbc/build";
import type { Template } from "@lbc/new/info";

/** What shows that a template's program works. */
export interface Check {
  /** Words for the program; npm wants to be told that they are not its own. */
  readonly words: (language: Language) => string;
  /** Something for it to see, done again and again until it has been seen. */
  readonly workload: () => Promise<void>;
  /** A line, or several, that it prints of that. */
  readonly shows: RegExp;
  /** Somebody may read only the first of them. */
  readonly manyLines?: boolean;
  /** It attaches where there can be only one program. */
  readonly alone?: boolean;
}

const execute = (file: string, ...args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    spawn(file, args, { stdio: "ignore" })
      .on("error", reject)
      .on("exit", () => resolve());
  });

/** What the kernel calls this process. */
const comm = readFileSync("/proc/self/comm", "utf8").trim();

/** Seconds that a program looks at the machine. */
const span = "2";

const words =
  (...given: readonly string[]) =>
  (language: Language) =>
    [...(language === "typescript" ? ["--"] : []), ...given].join(" ");

export const checks: Readonly<Record<Template, Check>> = {
  trace: {
    words: words(`${process.pid}`),
    workload: () => execute("true"),
    shows: new RegExp(`^\\d+ +${process.pid} +true +/.*/true$`, "m"),
    manyLines: true,
  },
  histogram: {
    words: words(span, `${process.pid}`),
    workload: () => sleep(1),
    shows: /usecs.* count .*\n.* -> \d+ +: \d+ +\|/,
  },
  profile: {
    words: words(span, `${process.pid}`),
    workload: async () => spin(50),
    shows: new RegExp(`^${comm};.+;.+ [1-9]\\d*$`, "m"),
    manyLines: true,
  },
  network: {
    words: words(span, "lo"),
    workload: sendToThisMachine,
    alone: true,
    shows: /^UDP +[1-9]\d* +\d+ +[1-9]\d* +\d+$/m,
  },
};

/** Keeps a CPU busy. */
function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

async function sendToThisMachine(): Promise<void> {
  const sender = createSocket("udp4");
  await new Promise<void>((sent) => sender.send("hello", 9, "127.0.0.1", () => sender.close(sent)));
}
