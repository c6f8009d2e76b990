import { readFileSync } from "node:fs";
import { delimiter, dirname, relative, resolve } from "node:path";
import { isKeptHeader } from "./cache.ts";

/** Searched by clang unasked. @see clang -E -v -target bpf */
const unasked = ["/usr/local/include", "/usr/include"];

/**
 * The paths at which a compilation may have looked for a header: each name that a file asks for, in each folder that is searched. What comes
 * or goes there may change what the compiler reads, though every file that it read is as it was.
 */
export function lookupCandidates(clangArguments: readonly string[], dependencies: readonly string[]): string[] {
  const folders = [
    ...new Set([...searched(clangArguments), ...namedByEnvironment(), ...unasked, ...dependencies.map((file) => dirname(file))]),
  ];
  const names = new Set<string>();
  for (const file of dependencies) {
    if (!isKeptHeader(file)) for (const name of namesIn(readFileSync(file, "utf8"))) names.add(name);
    // where the name came from a macro or an argument
    for (const folder of folders) if (file.startsWith(`${folder}/`)) names.add(relative(folder, file));
  }
  const read = new Set(dependencies);
  const paths = [...names].flatMap((name) => folders.map((folder) => resolve(folder, name)));
  return [...new Set(paths)].filter((path) => !read.has(path));
}

/** The folders of -I and its like, whose value may stand in the same argument or in the next. */
function searched(words: readonly string[]): string[] {
  const folders: string[] = [];
  for (const [index, word] of words.entries()) {
    const value = /^-(?:I|iquote|isystem|idirafter)(.*)$/.exec(word)?.[1];
    if (value !== undefined) folders.push(resolve(value === "" ? (words[index + 1] ?? "") : value));
  }
  return folders;
}

/** An empty one is the current folder. @see https://clang.llvm.org/docs/CommandGuide/clang.html#environment */
function namedByEnvironment(): string[] {
  const lists = [process.env["CPATH"] ?? "", process.env["C_INCLUDE_PATH"] ?? ""].filter((list) => list !== "");
  return lists.flatMap((list) => list.split(delimiter)).map((folder) => resolve(folder));
}

/** What stands in quotes or angle brackets in a directive: `#include`, `#if __has_include(…)`, or a macro that one of them takes. */
function* namesIn(text: string): Generator<string> {
  for (const directive of directivesIn(text)) {
    if (!/^#[ \t]*(?:include|import|if|elif|define)\b/.test(directive)) continue;
    for (const [, name = ""] of directive.matchAll(/["<]([^"<>\s]+)[">]/g)) yield name;
  }
}

/** From one `#` to the next, as a regular expression takes long for the megabytes of vmlinux.h, which has few. */
function* directivesIn(text: string): Generator<string> {
  let end = 0;
  for (let at = text.indexOf("#"); at !== -1; at = text.indexOf("#", end)) {
    end = endOfLine(text, at);
    if (text.slice(text.lastIndexOf("\n", at) + 1, at).trim() === "") yield text.slice(at, end).replaceAll("\\\n", " ");
  }
}

/** Where a line ends that a backslash may continue. */
function endOfLine(text: string, from: number): number {
  let end = text.indexOf("\n", from);
  while (end !== -1 && text[end - 1] === "\\") end = text.indexOf("\n", end + 1);
  return end === -1 ? text.length : end;
}
