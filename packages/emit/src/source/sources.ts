import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, resolve, sep } from "node:path";
import type { BpfObject } from "@lbc/core/object";
import { Conditionals } from "./conditionals.ts";
import { elements } from "./elements.ts";

/** Text of each file by its path. */
type Texts = Map<string, string>;

/**
 * The texts of the C sources that an object was compiled from, as its line information names them, and of the headers that they include
 * from their folders and below. Only what is on this machine and reads as the object recorded it: no source is taken for another.
 */
export async function sourcesOf({ btfExt }: Pick<BpfObject, "btfExt">): Promise<string[]> {
  const texts: Texts = new Map();
  const recorded = Map.groupBy(btfExt?.lines ?? [], ({ file }) => file);
  for (const [file, lines] of recorded) {
    if (!isAbsolute(file) || !/\.[ch]$/.test(file)) continue;
    const text = await readText(file);
    const found = text?.split("\n") ?? [];
    if (lines.every(({ line, source }) => line === 0 || found[line - 1] === source)) await addSource(file, text, dirname(file), texts);
  }
  return [...texts.values()];
}

/** A source, and the headers of its author that it includes. */
async function addSource(file: string, text: string | undefined, folder: string, texts: Texts): Promise<void> {
  if (text === undefined || texts.has(file)) return;
  texts.set(file, text);
  for (const name of includesOf(text)) {
    const header = resolve(dirname(file), name);
    const isOwn = header.startsWith(`${folder}${sep}`) && !/(^|\/)(vmlinux|lbc)\.h$/.test(header);
    if (isOwn) await addSource(header, await readText(header), folder, texts);
  }
}

/** What a source surely includes: another header may define the same types. */
function includesOf(text: string): string[] {
  const conditionals = new Conditionals();
  return [...text.matchAll(elements)].flatMap(([element]) => {
    if (!element.trimStart().startsWith("#")) return [];
    conditionals.read(element);
    const [, name] = /^\s*#\s*include\s*"([^"\n]+)"/.exec(element) ?? [];
    return name === undefined || conditionals.branch !== "compiled" ? [] : [name];
  });
}

/** In bytes; what is larger is no source that somebody wrote. */
const largestSource = 4 * 1024 * 1024;

/** What cannot be read is not at hand; an object may name any path, and a pipe there would be waited for. */
async function readText(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() !== true || info.size > largestSource) return undefined;
  return readFile(path, "utf8").catch(() => undefined);
}
