import type { Entry } from "./collect.ts";
import { sha256 } from "./sha256.ts";
import type { Note } from "./types.ts";

/** What the path of an entry depends on. */
export interface Named {
  readonly entry: Entry;
  /** Of a typedef: the entry that it names directly. */
  readonly target: number | null;
}

/** One path for each entry, as `Decl.path` promises, and a note for every name that means more than one type. */
export function allocatePaths(all: readonly Named[]): { readonly paths: readonly string[]; readonly notes: readonly Note[] } {
  const bases = baseNames(all);
  const isTypedef = (index: number): boolean => all[index]?.entry.type.kind === "typedef";
  const tags = all.keys().filter((index) => !isTypedef(index));
  const typedefs = all.keys().filter(isTypedef);
  const digests = new Digests(all);
  const notes: Note[] = [];
  const paths = new Array<string>(all.length).fill("");
  const taken = new Set<string>();

  const assign = (index: number, wanted: string, alone: boolean): void => {
    let path = wanted;
    for (let digits = 6; !alone || taken.has(path); digits++, alone = true) path = `${wanted}~${digests.of(index).slice(0, digits)}`;
    taken.add(path);
    paths[index] = path;
  };

  for (const [name, group] of grouped(tags, bases)) {
    for (const index of group) assign(index, name, group.length === 1);
    if (group.length > 1) notes.push(clash(name, group.length));
  }
  const tagNames = new Set(
    all
      .keys()
      .filter((index) => !isTypedef(index))
      .map((index) => bases[index]),
  );
  for (const [name, group] of grouped(typedefs, bases)) {
    const wanted = tagNames.has(name) ? `${name}~typedef` : name;
    for (const index of group) assign(index, wanted, group.length === 1);
    if (group.length > 1) notes.push(clash(name, group.length));
  }
  return { paths, notes };
}

/** The C name; for an anonymous type the first typedef of it, else the place of its first use. */
function baseNames(all: readonly Named[]): string[] {
  const names = all.map(({ entry }) => entry.type.name || entry.place);
  const adopted = new Set<number>();
  for (const { entry, target } of all) {
    const named = target === null ? undefined : all[target];
    if (target === null || named === undefined || named.entry.type.name !== "" || adopted.has(target)) continue;
    names[target] = entry.type.name;
    adopted.add(target);
  }
  return names;
}

function grouped(indices: Iterable<number>, names: readonly string[]): Map<string, number[]> {
  return Map.groupBy(indices, (index) => names[index] as string);
}

const clash = (name: string, count: number): Note => ({
  code: "type-name-clash",
  subject: name,
  message: `${count} types of different shape are called ${name}`,
  hint: null,
});

/** Hashes of shapes that depend on nothing but the shape: a contained type counts by its own hash, not by its index. */
class Digests {
  readonly #all: readonly Named[];
  readonly #known = new Map<number, string>();

  constructor(all: readonly Named[]) {
    this.#all = all;
  }

  of(index: number): string {
    const known = this.#known.get(index);
    if (known !== undefined) return known;
    const parts = (this.#all[index]?.entry.key ?? "").split("\0");
    // Every second part is the index of a contained type.
    const text = parts.map((part, at) => (at % 2 === 0 ? part : this.of(Number(part)))).join("");
    const digest = sha256(new TextEncoder().encode(text));
    this.#known.set(index, digest);
    return digest;
  }
}
