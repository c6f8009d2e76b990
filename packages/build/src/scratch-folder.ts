import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BuildError, CompileError } from "./errors.ts";

/**
 * Does some work in a folder of its own below the system's temporary one, and removes it. Throws BuildError `cannot-write` where there can be
 * none or the disk is full, which clang tells in its own words.
 */
export async function inScratchFolder<Result>(name: string, work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), `lbc-${name}-`)).catch((cause: Error) => {
    throw cannotWriteScratch(cause);
  });
  try {
    return await work(folder);
  } catch (error) {
    throw isDiskFull(error) ? cannotWriteScratch(error) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isDiskFull(error: unknown): error is Error {
  if (error instanceof CompileError) return /No space left on device|Disk quota exceeded/.test(error.diagnostics);
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

function cannotWriteScratch(cause: Error): BuildError {
  const why = cause instanceof CompileError ? "no space left on device" : cause.message;
  const hint = "check that the folder can be written and the disk is not full; TMPDIR names another";
  return new BuildError("cannot-write", { file: tmpdir(), message: `cannot write: ${why}`, hint, cause });
}
