import {
  type Btf,
  BtfBuilder,
  type BtfDataSection,
  type BtfFunction,
  type BtfId,
  type BtfType,
  btfBytes,
  type LineInfo,
  type NewBtfType,
  replaceTypes,
} from "@lbc/core/btf";
import type { BpfObject } from "@lbc/core/object";
import type { BtfFeatures } from "../kernel/features.ts";

/** An object's type information as this kernel takes it; ids are those of the object. */
export interface PreparedBtf {
  readonly bytes: Uint8Array;
  /** The object's, with the places of their strings in the BTF that is loaded. */
  readonly lines: readonly LineInfo[];
}

type NewType = Exclude<BtfType, { kind: "void" }>;

const dummyName = "dummy_ksym";

/**
 * The object's BTF with what only a loader can know (sections of externs), and where `features` are given with stand-ins of the same id
 * for kinds that the kernel lacks.
 */
export function prepareBtf(object: BpfObject, btf: Btf, features: BtfFeatures | null): PreparedBtf {
  const sections = dataSections(btf);
  const externs = prepareExterns(object, btf, sections);
  for (const type of hiddenFunctions(object, btf)) externs.replaced.set(type.id, type);
  for (const type of sections.values()) {
    const name = sectionName(type.name);
    if (name !== type.name) externs.replaced.set(type.id, { ...(externs.replaced.get(type.id) ?? type), name } as NewType);
  }
  return (features === null ? patched(object, btf, externs) : null) ?? rewritten(object, btf, externs, features);
}

/** Most objects need no more than a few words changed: that takes a tenth of the time of writing all types anew. */
function patched(object: BpfObject, btf: Btf, { replaced, added }: Externs): PreparedBtf | null {
  const sameNames = added.length === 0 && [...replaced.values()].every(({ id, name }) => name === btf.name(id));
  const bytes = sameNames ? btfBytes(replaceTypes(btf, [...replaced.values()])) : null;
  return bytes === null ? null : { bytes, lines: object.btfExt?.lines ?? [] };
}

function rewritten(object: BpfObject, btf: Btf, { replaced, added }: Externs, features: BtfFeatures | null): PreparedBtf {
  const builder = new BtfBuilder();
  const placeholder = btf.length + added.length;
  const nameOf = (id: BtfId): string => added[id - btf.length]?.name ?? btf.name(id);
  const add = (type: NewBtfType): BtfId => builder.add(features === null ? type : sanitized(type, features, nameOf, placeholder));
  for (let id = 1; id < btf.length; id++) add(replaced.get(id) ?? (btf.type(id) as NewType));
  for (const type of added) add(type);
  if (features?.enum64 === false) builder.add(byte("enum64_placeholder"));
  const lines = (object.btfExt?.lines ?? []).map((line) => ({
    ...line,
    fileAt: builder.string(line.file),
    sourceAt: builder.string(line.source),
  }));
  return { bytes: builder.build(btf.endianness), lines };
}

function dataSections(btf: Btf): ReadonlyMap<string, BtfDataSection> {
  const sections = new Map<string, BtfDataSection>();
  for (let id = 1; id < btf.length; id++) {
    const type = btf.kind(id) === "data-section" ? btf.type(id) : null;
    if (type?.kind === "data-section") sections.set(type.name, type);
  }
  return sections;
}

/** The kernel verifies a global function by itself; one that other objects cannot see is part of its callers. */
function hiddenFunctions(object: BpfObject, btf: Btf): BtfFunction[] {
  const hidden = object.elf.symbols.filter(
    ({ type, visibility }) => type === "func" && (visibility === "hidden" || visibility === "internal"),
  );
  return hidden
    .flatMap(({ name }) => btf.find(name, "function").map((id) => btf.type(id)))
    .filter((type) => type.kind === "function")
    .filter(({ linkage }) => linkage === "global")
    .map((type) => ({ ...type, linkage: "static" }));
}

/** The kernel takes letters, digits, `_` and `.` in the names of sections. */
function sectionName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.]/g, "_");
}

interface Externs {
  readonly replaced: Map<BtfId, NewType>;
  /** With the ids after the object's last one. */
  readonly added: readonly NewBtfType[];
}

/**
 * The compiler leaves .ksyms and .kconfig without sizes and full of externs, which the kernel refuses: externs become global variables,
 * kernel functions a variable of their own.
 */
function prepareExterns(object: BpfObject, btf: Btf, sections: ReadonlyMap<string, BtfDataSection>): Externs {
  const replaced = new Map<BtfId, NewType>();
  const kconfig = sections.get(".kconfig");
  if (kconfig !== undefined) prepareKconfig(object, btf, kconfig, replaced);
  const ksyms = sections.get(".ksyms");
  return { replaced, added: ksyms === undefined ? [] : prepareKsyms(btf, ksyms, replaced) };
}

function prepareKconfig(object: BpfObject, btf: Btf, section: BtfDataSection, replaced: Map<BtfId, NewType>): void {
  const offsets = new Map(object.externs.map((extern) => [extern.name, extern.offset ?? 0]));
  const variables = section.variables.map((variable) => {
    const type = btf.type(variable.type);
    if (type.kind === "variable") replaced.set(type.id, { ...type, linkage: "global" });
    return { type: variable.type, offset: offsets.get(type.name) ?? 0, size: btf.size(variable.type) };
  });
  const size = object.data.find(({ kind }) => kind === "kconfig")?.size ?? 0;
  replaced.set(section.id, { ...section, size, variables: variables.sort((a, b) => a.offset - b.offset) });
}

function prepareKsyms(btf: Btf, section: BtfDataSection, replaced: Map<BtfId, NewType>): NewBtfType[] {
  const known = anyInt(btf);
  const int = known ?? btf.length;
  const dummy = known === null ? btf.length + 1 : btf.length;
  const variables = section.variables.map((variable, index) => {
    const type = btf.type(variable.type);
    if (type.kind === "variable") replaced.set(type.id, { ...type, type: int, linkage: "global" });
    if (type.kind === "function") {
      replaced.set(type.id, { ...type, linkage: "global" });
      nameParameters(btf, type.type, replaced);
    }
    return { type: type.kind === "function" ? dummy : variable.type, offset: 4 * index, size: 4 };
  });
  replaced.set(section.id, { ...section, size: 4 * variables.length, variables });
  const added: NewBtfType[] = [];
  if (known === null) added.push({ kind: "int", name: "int", size: 4, signed: true, char: false, bool: false, bits: 32, bitOffset: 0 });
  if (variables.some(({ type }) => type === dummy)) added.push({ kind: "variable", name: dummyName, type: int, linkage: "global" });
  return added;
}

/** The object's first integer of 32 bits. */
function anyInt(btf: Btf): BtfId | null {
  for (let id = 1; id < btf.length; id++) {
    const type = btf.type(id);
    if (type.kind === "int" && type.bits === 32 && type.bitOffset === 0) return id;
  }
  return null;
}

/** A global function must have names for its parameters; a declaration need not. */
function nameParameters(btf: Btf, prototypeId: BtfId, replaced: Map<BtfId, NewType>): void {
  const prototype = btf.type(prototypeId);
  if (prototype.kind !== "function-prototype") return;
  const parameters = prototype.parameters.map(({ name, type }) => ({ name: name === "" && type !== 0 ? dummyName : name, type }));
  replaced.set(prototypeId, { ...prototype, parameters });
}

/** What stands for a type that nobody looks into. */
function byte(name: string): NewBtfType {
  return { kind: "int", name, size: 1, signed: false, char: false, bool: false, bits: 0, bitOffset: 0 };
}

/** A type that an older kernel takes in place of one of the same id, and of the same size where it has one. */
function sanitized(type: NewBtfType, features: BtfFeatures, nameOf: (id: BtfId) => string, placeholder: BtfId): NewBtfType {
  switch (type.kind) {
    case "function":
      return features.functionLinkage ? type : { ...type, linkage: "static" };
    case "variable":
      return features.dataSections ? type : byte(type.name);
    case "data-section":
      if (features.dataSections) return type;
      return {
        kind: "struct",
        name: type.name.replaceAll(".", "_"),
        size: type.size,
        members: type.variables.map((variable) => ({
          name: nameOf(variable.type),
          type: variable.type,
          bitOffset: variable.offset * 8,
          bitSize: 0,
        })),
      };
    case "float":
      return features.floats ? type : { kind: "struct", name: type.name, size: type.size, members: [] };
    case "decl-tag":
      return features.declTags ? type : byte(type.name.replace(/[^A-Za-z0-9_]/g, "_"));
    case "type-tag":
      return features.typeTags ? type : { kind: "const", name: "", type: type.type };
    case "enum":
      return features.enum64 ? type : sanitizedEnum(type, placeholder);
    default:
      return type;
  }
}

function sanitizedEnum(type: NewBtfType & { kind: "enum" }, placeholder: BtfId): NewBtfType {
  if (!type.wide) return { ...type, signed: false };
  const members = type.values.map(({ name }) => ({ name, type: placeholder, bitOffset: 0, bitSize: 0 }));
  return { kind: "union", name: type.name, size: type.size, members };
}
