import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { compile, emitSdks, type Language, objectName, readLayout } from "@lbc/build";
import type { Btf, BtfId } from "@lbc/core/btf";
import { printC } from "@lbc/core/c-printer";
import { type Layout, resolveTypedefs, type StructDecl, type TypeId, type TypeRef, type UnionDecl } from "@lbc/core/layout";
import type { BpfObject } from "@lbc/core/object";
import type { FileSet } from "@lbc/emit";
import type { Endianness } from "../fixtures.ts";
import { packRecords, type Unit } from "../testees/testee.ts";
import { type Subject, subjectOf } from "./compare.ts";
import { btfLeaves, type Leaf } from "./leaf.ts";
import { printedTypes } from "./printed-types.ts";
import { type LayoutLeaf, layoutLeaves, shapesOf } from "./shape.ts";
import { askClang, type Question } from "./truth.ts";
import { vectorsOf } from "./values.ts";

/** C declarations, and the types among them that are compared. */
export interface Declarations {
  readonly name: string;
  readonly text: string;
  /** As C spells them: `struct event`. */
  readonly roots: readonly string[];
  readonly includes?: readonly string[];
}

/** An object whose types are compared, and declarations of them for clang. */
export interface Source {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly read: { readonly object: BpfObject; readonly layout: Layout };
  readonly btf: Btf;
  readonly roots: readonly Root[];
  readonly text: string;
  readonly includes: readonly string[];
}
export interface Root {
  readonly spelling: string;
  readonly btfId: BtfId;
  readonly id: TypeId;
}

/** Declarations, compiled with a global variable of each root. */
export async function fromDeclarations(
  { name, text, roots, includes = [] }: Declarations,
  endianness: Endianness,
  folder: string,
): Promise<Source> {
  const output = join(folder, `${name}.${endianness}.bpf.o`);
  const input = [text, ...roots.map((root, index) => `${root} root_${index};`), ""].join("\n");
  await compile({ source: "-", input, output, endianness, includes, flags: ["-w"] });
  const bytes = await readFile(output);
  const read = readLayout(bytes, { name });
  const { btf } = read.object;
  if (btf === null) throw new RangeError("clang wrote no BTF");
  const variables = new Map(
    read.layout.sections.flatMap(({ members }) => members.flatMap((member) => (member.kind === "variable" ? [[member.name, member]] : []))),
  );
  const found = roots.map((spelling, index): Root => {
    const [variable] = btf.find(`root_${index}`, "variable");
    const type = variable === undefined ? undefined : btf.type(variable);
    const id = compositeId(read.layout, variables.get(`root_${index}`)?.type);
    if (type?.kind !== "variable" || id === null) throw new RangeError(`root_${index} is no variable of a struct or union`);
    return { spelling, btfId: type.type, id };
  });
  return { name, bytes, read, btf, roots: found, text, includes };
}

/** All types of an object that C can name; clang gets them printed from the object's own BTF. null where it has none. */
export async function fromObject(path: string): Promise<Source | null> {
  const name = objectName(basename(path)).replaceAll(/\W/g, "_");
  const bytes = await readFile(path);
  const read = readLayout(bytes, { name });
  const { btf } = read.object;
  if (btf === null) return null;
  return { name, bytes, read, btf, roots: rootsOf(read.layout, btf), text: printC(btf, { preserveAccessIndex: false }), includes: [] };
}

function compositeId(layout: Layout, ref: TypeRef | undefined): TypeId | null {
  const type = ref === undefined ? undefined : resolveTypedefs(layout, ref);
  return type?.kind === "named" ? type.id : null;
}

function rootsOf(layout: Layout, btf: Btf): Root[] {
  const shapes = shapesOf(layout);
  const printed = printedTypes(btf);
  return layout.types.flatMap((decl): Root[] => {
    if (decl.kind !== "struct" && decl.kind !== "union") return [];
    const named = printed.filter(({ id }) => isNamed(btf, id, decl));
    // of several types of one name, the one with the same members is meant
    const found = named.length === 1 ? named[0] : named.find(({ id }) => hasMembers(btf, id, layoutLeaves(layout, shapes, decl.id)));
    return found === undefined ? [] : [{ spelling: found.spelling, btfId: found.id, id: decl.id }];
  });
}

function isNamed(btf: Btf, id: BtfId, decl: StructDecl | UnionDecl): boolean {
  const type = btf.type(id);
  if (decl.name !== null) return type.kind === decl.kind && type.name === decl.name;
  const [typedef] = decl.path.split("~");
  const named = btf.resolve(id);
  return type.kind === "typedef" && type.name === typedef && named.kind === decl.kind && named.name === "";
}

function hasMembers(btf: Btf, id: BtfId, leaves: readonly LayoutLeaf[]): boolean {
  const theirs = btfLeaves(btf, id);
  return (
    theirs.length === leaves.length &&
    theirs.every(({ path, bitOffset, bitSize }, index) => {
      const own = leaves[index];
      return own?.path === path && own.bitOffset === bitOffset && own.bitSize === bitSize;
    })
  );
}

/** A source with everything that testees need, and what they have to answer. */
export interface Prepared {
  readonly name: string;
  readonly endianness: Endianness;
  readonly btf: Btf;
  readonly unit: Omit<Unit, "sdk">;
  readonly sdks: ReadonlyMap<Language, FileSet>;
  readonly subjects: readonly Subject[];
  /** What was asked about each subject; the same values can be asked of other declarations, whose leaves have other names. */
  readonly questions: readonly (Question & { respell(paths: readonly string[]): Pick<Question, "leaves" | "vectors"> })[];
}

export async function prepare(
  { name, bytes, read, btf, roots, text, includes }: Source,
  key: string,
  folder: string,
  { languages, vectors, seed }: { readonly languages: readonly Language[]; readonly vectors: number; readonly seed: number },
): Promise<Prepared> {
  const { layout } = read;
  const { endianness } = layout.object;
  const questions = roots.map(({ spelling, btfId }, index) => {
    const leaves = btfLeaves(btf, btfId);
    const ask = (some: readonly Leaf[]) => ({ leaves: some, vectors: vectorsOf(some, vectors, seed + index) });
    const respell = (paths: readonly string[]) => ask(leaves.map((leaf, at) => ({ ...leaf, path: paths[at] ?? leaf.path })));
    return { spelling, ...ask(leaves), respell };
  });
  const answers = await askClang(text, questions, endianness, { includes });
  const shapes = shapesOf(layout);
  const subjects = questions.flatMap((question, index) => {
    const [answer, root] = [answers[index], roots[index]];
    return answer === undefined || root === undefined ? [] : [subjectOf(layout, shapes, root.id, question, answer, seed)];
  });
  const input = join(folder, `${key}.records`);
  await writeFile(input, packRecords(subjects.flatMap((subject) => subject.records)));
  const unit = { key, layout, shapes, roots: [...new Set(roots.map(({ id }) => id))], input };
  const sdks = await emitSdks(bytes, read, { languages, source: `${name}.bpf.o` });
  return { name, endianness, btf, unit, sdks, subjects, questions };
}
