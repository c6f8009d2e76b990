import type { Layout } from "@lbc/core/layout";
import type { Names } from "./names.ts";

/** What every printer of one module shares. */
export interface Scope {
  readonly layout: Layout;
  readonly names: Names;
  /** Whether integers of 64 bits are numbers. */
  readonly exactNumbers: boolean;
  /** Notes an import, and gives the name back. */
  use(name: ImportedName): string;
  /** The scalar codecs that were used: `u32`. */
  readonly scalars: Set<string>;
  /** The other codecs that the module declares for itself, by name. */
  readonly codecs: Map<string, string>;
}

const imported = {
  "@lbc/runtime": {
    types: [
      ...["Arena", "Codec", "Link", "LoadedObject", "MapHandle", "OpenMap", "OpenOptions", "OpenProgram", "OpenStructOps", "Program"],
      "StructOpsHandle",
    ],
    values: [
      ...["bytes", "IndexedMap", "KeyedMap", "OpenObject", "PerCpuIndexedMap", "PerCpuKeyedMap", "PerfEventArray"],
      ...["QueueMap", "RingBuffer", "scalars", "text"],
    ],
  },
  "@lbc/runtime/codegen": {
    types: ["EnumValue", "MapOptions", "ProgramOptions", "StructOpsOptions", "Values"],
    values: [
      ...[
        "configure",
        "copyOf",
        "decodeObject",
        "defineFields",
        "defineStruct",
        "exactBigInt",
        "exactNumber",
        "flexibleLength",
        "readArray",
        "readBits",
        "readBytes",
      ],
      ...[
        "readText",
        "record",
        "signed",
        "StructView",
        "sectionView",
        "TypedStructOps",
        "unsigned",
        "writeArray",
        "writeBits",
        "writeBytes",
        "writeText",
        "zeroed",
      ],
    ],
  },
} as const;
type Entry = (typeof imported)[keyof typeof imported];
export type ImportedName = Entry["types"][number] | Entry["values"][number];

/** The import declarations for the names that were used. */
export function printImports(used: ReadonlySet<string>): string[] {
  return Object.entries(imported).flatMap(([from, { types, values }]) => {
    const names = [...types, ...values].filter((name) => used.has(name)).sort(compareNames);
    if (names.length === 0) return [];
    const marked = names.map((name) => ((types as readonly string[]).includes(name) ? `type ${name}` : name));
    const keyword = marked.every((name) => name.startsWith("type ")) ? "import type" : "import";
    const specifiers = keyword === "import type" ? names : marked;
    return [`${keyword} { ${specifiers.join(", ")} } from "${from}";`];
  });
}

/** The order that biome sorts specifiers in: letter by letter, upper case first where only the case differs. */
function compareNames(a: string, b: string): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left, right] = [a.charAt(index), b.charAt(index)];
    if (left === right) continue;
    const [lowLeft, lowRight] = [left.toLowerCase(), right.toLowerCase()];
    if (lowLeft === lowRight) return left < right ? -1 : 1;
    return lowLeft < lowRight ? -1 : 1;
  }
  return a.length - b.length;
}
