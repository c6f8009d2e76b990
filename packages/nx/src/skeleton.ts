import { resolve } from "node:path";
import { combine, documented, ExtraTypes, emitSdks, type Language, languages, sourcesOf } from "@lbc/build";
import { type SkeletonOptions, skeletonGenerator } from "@lbc/emit/nx";

export interface Options extends SkeletonOptions {
  /** Languages separated by commas, or `all`. */
  readonly lang: string;
  /** C headers and objects that have types which the object lacks: paths from the root of the workspace, or absolute ones. */
  readonly types?: readonly string[];
  /** How TypeScript sees integers of 64 bits. */
  readonly u64?: "bigint" | "number";
}

/** `nx g @lbc/nx:skeleton`: one SDK stands in the folder directly, several each in a folder of its own, as `lbc gen` writes them. */
export default skeletonGenerator<Options>(
  ({ lang, types = [], u64 = "bigint" }) => {
    const wanted = parseLanguages(lang);
    return async (object, { root, ...request }) => {
      const extra = await ExtraTypes.read(types.map((path) => resolve(root, path)));
      const read = await extra.layout(object, request);
      const layout = documented(read.layout, await sourcesOf(read.object));
      return combine(await emitSdks(object, { ...read, layout }, { source: request.source, languages: wanted, u64 }));
    };
  },
  ({ lang }) => {
    const [first = "", ...others] = parseLanguages(lang);
    return others.length === 0 ? first : "";
  },
);

function parseLanguages(list: string): readonly Language[] {
  const words = list.split(",").map((word) => word.trim());
  if (words.includes("all")) return languages;
  const unknown = words.find((word) => !languages.some((language) => language === word));
  if (unknown !== undefined) throw new Error(`--lang ${unknown}: it is none of ${languages.join(", ")}, all`);
  return languages.filter((language) => words.includes(language));
}
