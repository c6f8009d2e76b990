import { spawn } from "node:child_process";
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
}

const execute = (file: string, ...args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    spawn(file, args, { stdio: "ignore" })
      .on("error", reject)
      .on("exit", () => resolve());
  });

const words = (text: string) => (language: Language) => (language === "typescript" ? `-- ${text}` : text);

export const checks: Readonly<Record<Template, Check>> = {
  trace: {
    words: words(String(process.pid)),
    workload: () => execute("true"),
    shows: new RegExp(`^\\d+ +${process.pid} +true +/.*/true$`, "m"),
  },
};
