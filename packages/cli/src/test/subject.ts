import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { objectName, readInput, readLayout } from "@lbc/build";
import { buildObject } from "@lbc/build/object";
import { LbcError } from "@lbc/core";
import type { Layout } from "@lbc/core/layout";
import type { Io } from "../io.ts";
import { TestError } from "./errors.ts";

/** A BPF program to test: an object, and what is in it. */
export interface Subject {
  readonly object: Uint8Array;
  readonly layout: Layout;
}

/** Where projects keep their BPF sources. */
const sourceFolders = [".", "src", "bpf", "src/bpf"];

/** An object, a source, or the BPF sources of a project's folder, which are linked into one. Throws TestError, BuildError. */
export async function readSubject(path: string, io: Io, color: boolean): Promise<Subject> {
  const sources = (await isFolder(path)) ? await sourcesIn(path) : [path];
  const [first = path] = sources;
  const isObject = sources.length === 1 && !first.endsWith(".c");
  const built = isObject ? null : await buildObject(sources, { color });
  if (built !== null) io.stderr.write(built.diagnostics);
  const object = built?.object ?? (await readInput(first));
  try {
    return { object, layout: readLayout(object, { name: objectName(first) }).layout };
  } catch (error) {
    throw error instanceof LbcError ? error.in(first) : error;
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );

async function sourcesIn(project: string): Promise<string[]> {
  for (const folder of sourceFolders) {
    const names = await readdir(join(project, folder)).catch(() => []);
    const sources = names.filter((name) => name.endsWith(".bpf.c")).sort();
    if (sources.length > 0) return sources.map((name) => join(project, folder, name));
  }
  throw new TestError("no-source", {
    file: project,
    message: "holds no BPF source (*.bpf.c), nor do its folders src and bpf",
    hint: "name the source or the object",
  });
}
