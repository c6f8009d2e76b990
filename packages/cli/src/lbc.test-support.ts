import { main } from "./index.ts";

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as the shell would, and gives what it writes. */
export async function lbc(argv: readonly string[], isTTY = false): Promise<Result> {
  let [out, err] = ["", ""];
  const stdout = {
    isTTY,
    write: (text: string | Uint8Array) => {
      out += textOf(text);
    },
  };
  const stderr = {
    isTTY,
    write: (text: string | Uint8Array) => {
      err += textOf(text);
    },
  };
  const code = await main(argv, { stdout, stderr, env: {} });
  return { code, out, err };
}

const textOf = (text: string | Uint8Array): string => (typeof text === "string" ? text : Buffer.from(text).toString("utf8"));
