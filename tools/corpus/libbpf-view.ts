import { fileURLToPath } from "node:url";
import type { Btf, BtfType } from "@lbc/core/btf";
import { attachTypes, type BpfObject, mapTypes, programTypes } from "@lbc/core/object";
import { execa } from "execa";

/** A program that prints what libbpf makes of an object. */
export async function compilePeer(path: string): Promise<void> {
  await execa("cc", ["-o", path, fileURLToPath(new URL("libbpf-peer.c", import.meta.url)), "-lbpf"]);
}

/** The lines that it prints, without what is the loader's own; null where libbpf refuses the object. */
export async function libbpfView(peer: string, object: string): Promise<string[] | null> {
  const { stdout, exitCode } = await execa(peer, [object], { reject: false });
  return exitCode === 0 ? comparable(stdout.split("\n")) : null;
}

/** Without internal maps, struct_ops, .ksyms and functions of .text. */
function comparable(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let inKsyms = false;
  for (const line of lines) {
    const fields = line.split("\t");
    if (fields[0] === "datasec") inKsyms = fields[1] === ".ksyms";
    const isLoaders = fields[0] === "map" && (fields[2] === "1" || fields[3] === String(mapTypes.indexOf("struct_ops")));
    // A program of struct_ops has the index of its member for an attach type.
    if (fields[0] === "program" && fields[3] === String(programTypes.indexOf("struct_ops"))) fields[4] = "0";
    if (!inKsyms && !isLoaders && !(fields[0] === "program" && fields[2] === ".text")) kept.push(fields.join("\t"));
  }
  return kept;
}

const ringTypes = new Set(["ringbuf", "user_ringbuf"]);
/** libbpf raises the size of a ring to a power of two of pages when it opens an object; the definition is what we read. */
const roundedRing = (size: number): number => (size === 0 ? 0 : 2 ** Math.ceil(Math.log2(Math.max(size, 4096))));

/** The same lines, made of what we read. */
export function ourView(object: BpfObject): string[] {
  const maps = object.maps.map((map) => {
    const number = (mapTypes as readonly string[]).indexOf(map.type);
    const entries = ringTypes.has(map.type) ? roundedRing(map.maxEntries) : map.maxEntries;
    return [
      "map",
      map.name,
      0,
      number,
      map.keySize,
      map.valueSize,
      entries,
      map.flags,
      map.numaNode ?? 0,
      map.extra,
      map.key ?? 0,
      map.value ?? 0,
    ];
  });
  const programs = object.programs.map((program) => {
    const attachType = program.attachType === null ? 0 : attachTypes.indexOf(program.attachType);
    const section = program.section.replace(/^\?/, "");
    return ["program", program.name, section, programTypes.indexOf(program.type), attachType, Number(program.autoload)];
  });
  return [...maps, ...programs, ...dataSections(object.btf)].map((fields) => fields.join("\t"));
}

function dataSections(btf: Btf | null): (string | number)[][] {
  const sections = allTypes(btf).filter((type) => type.kind === "data-section" && type.name !== ".ksyms");
  return sections.flatMap((type) => {
    if (type.kind !== "data-section") return [];
    const variables = type.variables.map(({ type: id, offset, size }) => ["variable", btf?.name(id) ?? "", offset, size]);
    return [["datasec", type.name, type.size], ...variables];
  });
}

/** Every type of a BTF but void, by id. */
export function allTypes(btf: Btf | null): BtfType[] {
  return Array.from({ length: (btf?.length ?? 1) - 1 }, (_, index) => btf?.type(index + 1)).filter((type) => type !== undefined);
}
