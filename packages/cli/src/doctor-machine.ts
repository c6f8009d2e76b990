import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { release } from "node:os";
import { programVersion } from "@lbc/build";
import type { KernelFeatures } from "@lbc/runtime";

/** What doctor asks of the machine that it runs on, or of what a test puts in its place. */
export interface Machine {
  readonly env: NodeJS.ProcessEnv;
  /** The kernel's release, such as `6.12.9-amd64`. */
  readonly release: string;
  exists(path: string): boolean;
  /** null where it cannot be read. */
  read(path: string): Promise<Uint8Array | null>;
  /** What a program prints to tell its version; null where it cannot be run. */
  version(program: string): Promise<string | null>;
  /** What the kernel takes, as it answers, helpers by their numbers; null where it may not be asked. */
  probe(helpers: readonly number[]): Promise<KernelFeatures | null>;
}

export const thisMachine: Machine = {
  env: process.env,
  release: release(),
  exists: existsSync,
  read: (path) => readFile(path).catch(() => null),
  version: programVersion,
  probe: async (helpers) => {
    // Its native part may be missing for this machine: doctor has to work all the same.
    const runtime = await import("@lbc/runtime").catch(() => null);
    if (runtime === null) return null;
    try {
      return runtime.probeKernel(helpers);
    } catch (error) {
      if (error instanceof runtime.RuntimeError) return null;
      throw error;
    }
  },
};
