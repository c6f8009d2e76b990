import type { BtfId } from "../btf/index.ts";
import { didYouMean } from "../suggest.ts";
import { LayoutError } from "./errors.ts";
import type { TypeSource, TypeSpec } from "./source.ts";

const kinds = ["struct", "union", "enum", "typedef"] as const;
type NamedKind = (typeof kinds)[number];

/**
 * The type that a user names: `event`, `struct event`, `enum state`, `event_t`. The first source that has it counts, and in it a
 * struct, union or enum before a typedef. Throws `unknown-type` with the nearest names, or `ambiguous-type`.
 */
export function findType(sources: readonly TypeSource[], wanted: string): TypeSpec {
  const [first = "", second] = wanted.trim().split(/\s+/, 2);
  const kind = kinds.find((known) => known === first);
  const name = kind !== undefined && second !== undefined ? second : first;
  const tried: readonly NamedKind[] = kind !== undefined && second !== undefined ? [kind] : kinds;
  for (const source of sources) {
    for (const one of tried) {
      const ids = source.btf.find(name, one);
      if (ids.length > 1 && differ(source, ids)) {
        throw new LayoutError("ambiguous-type", {
          type: wanted,
          message: `${ids.length} types of different shape are called ${one} ${name}`,
          hint: "give the one that is meant a name of its own",
        });
      }
      if (ids[0] !== undefined) return { source, id: ids[0] };
    }
  }
  throw new LayoutError("unknown-type", { type: wanted, message: `no type is called ${wanted}`, hint: hintFor(sources, name) });
}

/** Two declarations of one name are the same where sizes and members are: linked objects may repeat a type. */
function differ(source: TypeSource, ids: readonly BtfId[]): boolean {
  const shapes = ids.map((id) => {
    const type = source.btf.type(id);
    if (type.kind !== "struct" && type.kind !== "union") return `${source.btf.size(id)}`;
    return JSON.stringify([type.size, type.members.map(({ name, bitOffset, bitSize }) => [name, bitOffset, bitSize])]);
  });
  return new Set(shapes).size > 1;
}

function hintFor(sources: readonly TypeSource[], name: string): string {
  const near = didYouMean(name, typeNames(sources));
  const missing = "a type that the object does not use by value is not in its BTF: supply it with --types HEADER or OBJECT";
  return near === null ? missing : `${near} (${missing})`;
}

function* typeNames(sources: readonly TypeSource[]): Iterable<string> {
  for (const { btf } of sources) {
    for (let id = 1; id < btf.length; id++) {
      const kind = btf.kind(id);
      if ((kind === "struct" || kind === "union" || kind === "enum" || kind === "typedef") && btf.name(id) !== "") yield btf.name(id);
    }
  }
}
