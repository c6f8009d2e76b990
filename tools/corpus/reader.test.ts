import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Btf, type BtfType, readBtf } from "@lbc/core/btf";
import { findSection, readElf } from "@lbc/core/elf";
import { attachTypes, type BpfObject, mapTypes, programTypes, readObject } from "@lbc/core/object";
import { execa } from "execa";
import { afterAll, describe, expect, test } from "vitest";
import { ciliumTestdata } from "./cilium-testdata.ts";
import { corpusObjects } from "./objects.ts";

/** A BPF object that nobody here wrote. */
interface CorpusObject {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
}

const read = (paths: readonly string[]): CorpusObject[] => paths.map((path) => ({ name: basename(path), path, bytes: readFileSync(path) }));

const folder = mkdtempSync(join(tmpdir(), "lbc-reader-"));
const peer = join(folder, "libbpf-peer");
const tools = read(await corpusObjects());
const testdata = read(await corpusObjects(await ciliumTestdata()));
const corpus = [...tools, ...testdata];
await execa("cc", ["-o", peer, fileURLToPath(new URL("libbpf-peer.c", import.meta.url)), "-lbpf"]);
afterAll(() => rmSync(folder, { recursive: true }));

/** What libbpf-peer.c prints; null where libbpf refuses the object. */
async function libbpfView({ path }: CorpusObject): Promise<string[] | null> {
  const { stdout, exitCode } = await execa(peer, [path], { reject: false });
  return exitCode === 0 ? stdout.split("\n") : null;
}

const opened: [name: string, object: CorpusObject, lines: string[]][] = [];
for (const object of corpus) {
  const lines = await libbpfView(object);
  if (lines !== null) opened.push([object.name, object, lines]);
}

const ringTypes = new Set(["ringbuf", "user_ringbuf"]);
/** libbpf raises the size of a ring to a power of two of pages when it opens an object; the definition is what we read. */
const roundedRing = (size: number): number => (size === 0 ? 0 : 2 ** Math.ceil(Math.log2(Math.max(size, 4096))));

/** The same lines, made of what we read. */
function ourView(object: BpfObject): string[] {
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
  const sections = types(btf).filter((type) => type.kind === "data-section" && type.name !== ".ksyms");
  return sections.flatMap((type) => {
    if (type.kind !== "data-section") return [];
    const variables = type.variables.map(({ type: id, offset, size }) => ["variable", btf?.name(id) ?? "", offset, size]);
    return [["datasec", type.name, type.size], ...variables];
  });
}

function types(btf: Btf | null): BtfType[] {
  return Array.from({ length: (btf?.length ?? 1) - 1 }, (_, index) => btf?.type(index + 1)).filter((type) => type !== undefined);
}

/** What libbpf makes of an object when it opens it, without what is the loader's own: internal maps, .ksyms, functions of .text. */
function comparable(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let inKsyms = false;
  for (const line of lines) {
    const fields = line.split("\t");
    if (fields[0] === "datasec") inKsyms = fields[1] === ".ksyms";
    const isLoaders = fields[0] === "map" && (fields[2] === "1" || fields[3] === String(mapTypes.indexOf("struct_ops")));
    if (!inKsyms && !isLoaders && !(fields[0] === "program" && fields[2] === ".text")) kept.push(line);
  }
  return kept;
}

test("libbpf opens every tool of Debian's, and the objects of cilium's testdata that are well-formed and little-endian", () => {
  const names = new Set(opened.map(([name]) => name));
  expect(tools.filter(({ name }) => !names.has(name))).toEqual([]);
  expect(tools.length).toBeGreaterThanOrEqual(57);
  expect(opened.length - tools.length).toBeGreaterThanOrEqual(16);
});

describe("maps, programs and global variables are as libbpf opens them", () => {
  test.each(opened)("%s", (_name, object, theirs) => {
    expect(ourView(readObject(readElf(object.bytes)))).toEqual(comparable(theirs));
  });
});

describe("an object reads the same in both byte orders", () => {
  const view = (object: CorpusObject): string[] => ourView(readObject(readElf(object.bytes)));
  const pairs = testdata.flatMap((little) => {
    const big = testdata.find(({ name }) => name === little.name.replace("-el.", "-eb.") && name !== little.name);
    return big === undefined ? [] : [[little.name, little, big] as const];
  });
  test.each(pairs)("%s", (_name, little, big) => expect(view(big)).toEqual(view(little)));
});

/** The kind of a type as bpftool names it, and the number that matters most of it. */
function summary(type: BtfType): string {
  switch (type.kind) {
    case "int":
      return `INT ${type.size} ${type.bits}`;
    case "pointer":
      return `PTR ${type.type}`;
    case "array":
      return `ARRAY ${type.element} ${type.length}`;
    case "struct":
    case "union": {
      const members = type.members.map((member) => `${member.name || "(anon)"}:${member.type}@${member.bitOffset}:${member.bitSize}`);
      return `${type.kind.toUpperCase()} ${type.size} ${members.join(" ")}`;
    }
    case "enum":
      return `${type.wide ? "ENUM64" : "ENUM"} ${type.size} ${type.values.map(({ name, value }) => `${name}=${value}`).join(" ")}`;
    case "forward":
      return `FWD ${type.of}`;
    case "function":
      return `FUNC ${type.type} ${type.linkage}`;
    case "function-prototype":
      return `FUNC_PROTO ${type.result} ${type.parameters.map((parameter) => `${parameter.name || "(anon)"}:${parameter.type}`).join(" ")}`;
    case "variable":
      return `VAR ${type.type} ${type.linkage}`;
    case "data-section":
      return `DATASEC ${type.variables.map((variable) => `${variable.type}:${variable.size}`).join(" ")}`;
    case "float":
      return `FLOAT ${type.size}`;
    case "decl-tag":
      return `DECL_TAG ${type.type} ${type.component}`;
    case "typedef":
    case "const":
    case "volatile":
    case "restrict":
    case "type-tag":
      return `${type.kind.toUpperCase().replace("-", "_")} ${type.type}`;
    case "void":
      return "UNKN";
  }
}

interface PeerType {
  readonly kind: string;
  readonly name: string;
  readonly [field: string]: unknown;
}
interface PeerPart {
  readonly name: string;
  readonly type_id: number;
  readonly bits_offset: number;
  readonly bitfield_size?: number;
  /** Decimal: an u64. */
  readonly val: string;
  readonly size: number;
}

function peerSummary(type: PeerType): string {
  const parts = (field: string): readonly PeerPart[] => (type[field] ?? []) as readonly PeerPart[];
  switch (type.kind) {
    case "INT":
      return `INT ${type["size"]} ${type["nr_bits"]}`;
    case "ARRAY":
      return `ARRAY ${type["type_id"]} ${type["nr_elems"]}`;
    case "STRUCT":
    case "UNION": {
      const members = parts("members").map(
        (member) => `${member.name}:${member.type_id}@${member.bits_offset}:${member.bitfield_size ?? 0}`,
      );
      return `${type.kind} ${type["size"]} ${members.join(" ")}`;
    }
    case "ENUM":
    case "ENUM64":
      return `${type.kind} ${type["size"]} ${parts("values")
        .map(({ name, val }) => `${name}=${bitsOf(val, type)}`)
        .join(" ")}`;
    case "FWD":
      return `FWD ${type["fwd_kind"]}`;
    case "FUNC":
    case "VAR":
      return `${type.kind} ${type["type_id"]} ${type["linkage"]}`;
    case "FUNC_PROTO":
      return `FUNC_PROTO ${type["ret_type_id"]} ${parts("params")
        .map((part) => `${part.name}:${part.type_id}`)
        .join(" ")}`;
    case "DATASEC":
      return `DATASEC ${parts("vars")
        .map((part) => `${part.type_id}:${part.size}`)
        .join(" ")}`;
    case "FLOAT":
      return `FLOAT ${type["size"]}`;
    case "DECL_TAG":
      return `DECL_TAG ${type["type_id"]} ${type["component_idx"]}`;
    default:
      return `${type.kind} ${type["type_id"]}`;
  }
}

/** bpftool extends the sign of every 32-bit value, even of an unsigned enum; what is in the object is the lower half. */
function bitsOf(val: string, type: PeerType): bigint {
  const signed = type["encoding"] === "SIGNED";
  const bits = type.kind === "ENUM" ? 32 : 64;
  return signed ? BigInt.asIntN(bits, BigInt(val)) : BigInt.asUintN(bits, BigInt(val));
}

/** JSON's numbers are too short for the values of enums. */
async function bpftoolTypes(file: string): Promise<PeerType[]> {
  const { stdout } = await execa("bpftool", ["-j", "btf", "dump", "file", file], { maxBuffer: 1 << 30 });
  return (JSON.parse(stdout.replace(/"val":(-?\d+)/g, '"val":"$1"')) as { readonly types: PeerType[] }).types;
}

async function compareTypes(file: string, btf: Btf): Promise<void> {
  const theirs = (await bpftoolTypes(file)).map((type) => `${type.name === "(anon)" ? "" : type.name} ${peerSummary(type)}`);
  const ours = types(btf).map((type) => `${type.name} ${summary(type)}`);
  expect(ours).toEqual(theirs);
}

function readOwnBtf(bytes: Uint8Array): Btf | null {
  const section = findSection(readElf(bytes), ".BTF");
  return section === undefined ? null : readBtf(section.data);
}

describe("every type is as bpftool prints it", () => {
  const withBtf = corpus.flatMap(({ name, path, bytes }) => {
    const btf = readOwnBtf(bytes);
    return btf === null ? [] : [[name, path, btf] as const];
  });
  test.each(withBtf)("%s", async (_name, path, btf) => compareTypes(path, btf));
});
