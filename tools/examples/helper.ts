import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A process of its own, so that a tool can look at it alone. */
export interface Helper<Result> {
  readonly pid: number;
  /** Lets it do its work, once. */
  go(): Promise<Result>;
  end(): void;
}

/** Starts a module as a process, in a network namespace where one is named; it calls serve(). Resolves when it waits for its work. */
export async function helper<Result>(module: string, argument: string, namespace?: string): Promise<Helper<Result>> {
  const words = [...(namespace === undefined ? [] : ["ip", "netns", "exec", namespace]), process.execPath, module, "helper", argument];
  const child = spawn(words[0] ?? "", words.slice(1), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  await once(child, "message");
  return {
    pid: child.pid ?? -1,
    go: async () => {
      child.send("go");
      const [result] = (await once(child, "message")) as [Result];
      return result;
    },
    end: () => void child.kill(),
  };
}

/** In the process that helper() started from this module: does the work when it is told to, and stays until it is ended. */
helper.serve = (url: string, work: (argument: string) => unknown): void => {
  const [, file, word, argument = ""] = process.argv;
  if (word !== "helper" || file !== fileURLToPath(url)) return;
  process.on("message", async () => process.send?.(await work(argument)));
  process.send?.("ready");
};
