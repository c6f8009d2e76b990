import { dirname } from "node:path/posix";
import type { Layout } from "@lbc/core/layout";
import type { EmitOptions, FileSet } from "@lbc/emit";
import { emitBpfHeader } from "@lbc/gen-c";
import type { Language } from "./languages.ts";

/** Where the header stands in a language's SDK: with the package data, so that it is shipped with the SDK. */
const folders: Readonly<Record<Language, (files: FileSet) => string>> = {
  c: () => "",
  go: () => "include/",
  python: (files) => `${[...files].map(({ path }) => dirname(path)).find((folder) => folder !== ".")}/include/`,
  rust: () => "include/",
  typescript: () => "",
};

/** Adds NAME.lbc.h, with which a second BPF source shares the object's types and maps. */
export async function addBpfHeader(language: Language, files: FileSet, layout: Layout, options: EmitOptions): Promise<FileSet> {
  return files.add(`${folders[language](files)}${layout.object.name}.lbc.h`, emitBpfHeader(layout, options));
}
