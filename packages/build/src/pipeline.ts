import { readElf } from "@lbc/core/elf";
import { type Layout, resolveLayout } from "@lbc/core/layout";
import { type BpfObject, readObject } from "@lbc/core/object";
import { FileSet } from "@lbc/emit";
import { addBpfHeader } from "./bpf-header.ts";
import { BuildError } from "./errors.ts";
import { generators, type Language } from "./languages.ts";
import { version } from "./version.ts";

/** How an object is read; every part is optional but the name. */
export interface ReadOptions {
  /** What the SDK is called: `hello` for hello.bpf.o; see {@link objectName}. */
  readonly name: string;
  /** The struct of each event stream whose map does not tell it. */
  readonly events?: Readonly<Record<string, string>>;
  /** Types to emit although nothing reaches them. */
  readonly types?: readonly string[];
  /** Further objects whose BTF supplies types that this one lacks. */
  readonly extraTypes?: readonly Uint8Array[];
}

export interface GenerateOptions extends ReadOptions {
  readonly languages: readonly Language[];
  /** The object's file name, for the header of the output. */
  readonly source: string;
  /** Source files without a package's manifest (Rust), for a module of the user's own package. */
  readonly module?: boolean;
  /** How TypeScript sees integers of 64 bits: `bigint` by default; a number throws where it would not be exact. */
  readonly u64?: "bigint" | "number";
}

/** The name of an SDK from the path of its object or source: `out/hello.bpf.o` and `hello.bpf.c` are `hello`; what no name may hold becomes `_`. */
export function objectName(path: string): string {
  const base = path.split(/[\\/]/).at(-1) ?? path;
  const name = base.replace(/\.(o|obj|elf|c)$/, "").replace(/\.bpf$/, "");
  return name.replace(/[^A-Za-z0-9_.-]/g, "_").replace(/^[.-]+/, "") || "object";
}

/** Object bytes to layout: reading only, no file, no clock. Throws LbcError on any input that is not a BPF object. */
export function readLayout(object: Uint8Array, options: ReadOptions): { object: BpfObject; layout: Layout } {
  const read = readObject(readElf(object));
  const extraBtf = (options.extraTypes ?? []).map((bytes) => readObject(readElf(bytes)).btf).filter((btf) => btf !== null);
  const layout = resolveLayout(read, {
    name: options.name,
    events: options.events ?? {},
    types: options.types ?? [],
    extraBtf,
  });
  return { object: read, layout };
}

/** Object bytes to one SDK for each language asked for. */
export async function generate(bytes: Uint8Array, options: GenerateOptions): Promise<Map<Language, FileSet>> {
  return emitSdks(bytes, readLayout(bytes, options), options);
}

/** The second half of {@link generate}, for those who look at the layout in between. */
export async function emitSdks(
  bytes: Uint8Array,
  { object, layout }: { object: BpfObject; layout: Layout },
  options: Pick<GenerateOptions, "languages" | "source" | "module" | "u64">,
): Promise<Map<Language, FileSet>> {
  refuseLegacyMaps(object);
  refuseUnlinked(object);
  refuseUntypedMaps(object);
  const sdks = new Map<Language, FileSet>();
  for (const language of options.languages) {
    const emit = await generators[language]();
    const emitOptions = {
      object: bytes,
      source: options.source,
      version,
      module: options.module ?? false,
      u64: options.u64 ?? "bigint",
    } as const;
    sdks.set(language, await addBpfHeader(language, await emit(layout, emitOptions), layout, emitOptions));
  }
  return sdks;
}

/** One language stands in its folder directly, several each in a folder of its own. */
export function combine(sdks: ReadonlyMap<Language, FileSet>): FileSet {
  const sets = [...sdks];
  return FileSet.merge(sets.length === 1 ? sets.map(([, files]) => files) : sets.map(([language, files]) => files.below(language)));
}

function refuseLegacyMaps(object: BpfObject): void {
  const legacy = object.legacyMaps[0];
  if (legacy === undefined) return;
  throw new BuildError("legacy-maps", {
    section: legacy.section,
    type: legacy.name,
    offset: legacy.offset,
    message: `map "${legacy.name}" is defined in the legacy form, which libbpf 1.0 and later refuse`,
    hint: `write it as a BTF-defined map: struct { __uint(type, …); __type(key, …); __type(value, …); __uint(max_entries, …); } ${legacy.name} SEC(".maps");`,
  });
}

/** BTF is what defines maps: without it a loader finds none, or refuses the object. */
function refuseUntypedMaps({ btf, elf }: BpfObject): void {
  if (btf !== null || !elf.sections.some(({ name }) => name === ".maps")) return;
  throw new BuildError("maps-without-btf", {
    section: ".maps",
    message: "the object has maps, but no BTF, which defines them",
    hint: "compile it with -g, and strip it with llvm-strip -g, which keeps BTF",
  });
}

function refuseUnlinked(object: BpfObject): void {
  const missing = object.unresolved[0];
  if (missing === undefined) return;
  throw new BuildError("unlinked-object", {
    type: missing,
    message: `"${missing}" is declared here and defined in another object, which no loader looks for`,
    hint: "link the sources into one object first: lbc build first.bpf.c second.bpf.c -o both.bpf.o",
  });
}
