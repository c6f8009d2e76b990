import { withArticle } from "../article.ts";
import type { Btf, BtfComposite, BtfId, BtfMember } from "../btf/index.ts";
import { ObjectError } from "./errors.ts";
import { type MapType, mapTypes } from "./kinds.ts";
import type { MapDefinition } from "./types.ts";

/** Where a map is declared. */
type Place = Pick<MapDefinition, "name" | "variable" | "sectionIndex" | "offset">;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What is read so far; sizes are null until a member gives them. */
interface Draft extends Omit<Writable<MapDefinition>, "type" | "keySize" | "valueSize"> {
  type: MapType | null;
  keySize: number | null;
  valueSize: number | null;
}

const wordSize = 4;
/** LIBBPF_PIN_NONE and LIBBPF_PIN_BY_NAME. */
const pinnings = ["none", "by-name"] as const;

/**
 * Reads the struct that declares a map. Numbers are the lengths of arrays that a member points to (`__uint`), or the
 * value of an enumerator (`__ulong`); types are those that a member points to (`__type`). Throws ObjectError.
 * @see https://docs.kernel.org/bpf/libbpf/libbpf_overview.html
 */
export function parseMapStruct(btf: Btf, struct: BtfComposite, place: Place, isInner = false): MapDefinition {
  const draft: Draft = {
    ...place,
    struct: struct.id,
    type: null,
    key: null,
    value: null,
    keySize: null,
    valueSize: null,
    maxEntries: 0,
    flags: 0,
    numaNode: null,
    pinning: "none",
    extra: 0n,
    inner: null,
    initial: [],
    event: null,
  };
  const seen = new Set<string>();
  for (const [index, member] of struct.members.entries()) {
    if (seen.has(member.name)) throw bad(place, `it has two members ${member.name}`);
    seen.add(member.name);
    if (isInner && (member.name === "values" || member.name === "pinning")) throw bad(place, `an inner map cannot have ${member.name}`);
    if (member.name === "values" && index !== struct.members.length - 1) throw bad(place, "values is not its last member");
    readMember(btf, draft, member, place);
  }
  const { type } = draft;
  if (type === null || type === "unspec") throw bad(place, "it does not tell its type", "add __uint(type, BPF_MAP_TYPE_…)");
  return { ...draft, type, keySize: draft.keySize ?? 0, valueSize: draft.valueSize ?? 0 };
}

function readMember(btf: Btf, draft: Draft, member: BtfMember, place: Place): void {
  switch (member.name) {
    case "type": {
      const { length, element } = arrayOf(btf, member, place);
      draft.type = mapTypes[length] ?? `unknown_${length}`;
      draft.event = eventType(btf, element);
      return;
    }
    case "max_entries":
      draft.maxEntries = arrayOf(btf, member, place).length;
      return;
    case "map_flags":
      draft.flags = arrayOf(btf, member, place).length;
      return;
    case "numa_node":
      draft.numaNode = arrayOf(btf, member, place).length;
      return;
    case "key_size":
      draft.keySize = sameSize(draft.keySize, arrayOf(btf, member, place).length, "key", place);
      return;
    case "value_size":
      draft.valueSize = sameSize(draft.valueSize, arrayOf(btf, member, place).length, "value", place);
      return;
    case "key":
      draft.key = pointee(btf, member, place);
      draft.keySize = sameSize(draft.keySize, sizeOf(btf, draft.key, "key", place), "key", place);
      return;
    case "value":
      draft.value = pointee(btf, member, place);
      draft.valueSize = sameSize(draft.valueSize, sizeOf(btf, draft.value, "value", place), "value", place);
      return;
    case "values":
      readValues(btf, draft, member, place);
      return;
    case "pinning":
      draft.pinning = pinning(arrayOf(btf, member, place).length, place);
      return;
    case "map_extra":
      draft.extra = longNumber(btf, member, place);
      return;
    default:
      throw bad(place, `it has the unknown member ${member.name}`);
  }
}

/** `__uint(name, length)` is `int (*name)[length]`. */
function arrayOf(btf: Btf, member: BtfMember, place: Place): { readonly length: number; readonly element: BtfId } {
  const pointer = btf.resolve(member.type);
  const array = pointer.kind === "pointer" ? btf.type(pointer.type) : pointer;
  if (pointer.kind === "pointer" && array.kind === "array") return array;
  throw bad(place, `${member.name} is no pointer to an array`, `write __uint(${member.name}, …)`);
}

/** `__ulong(name, value)` is an anonymous enum of one value. */
function longNumber(btf: Btf, member: BtfMember, place: Place): bigint {
  const type = btf.resolve(member.type);
  if (type.kind !== "enum") return BigInt(arrayOf(btf, member, place).length);
  const [only, ...others] = type.values;
  if (only === undefined || others.length > 0)
    throw bad(place, `${member.name} is no enum of one value`, `write __ulong(${member.name}, …)`);
  return BigInt.asUintN(64, only.value);
}

/** `__type(name, T)` is `T *name`. */
function pointee(btf: Btf, member: BtfMember, place: Place): BtfId {
  const type = btf.type(member.type);
  if (type.kind === "pointer") return type.type;
  throw bad(place, `${member.name} is no pointer to a type`, `write __type(${member.name}, …)`);
}

function sizeOf(btf: Btf, id: BtfId, of: "key" | "value", place: Place): number {
  const type = btf.resolve(id);
  if (type.kind !== "forward") return btf.size(id);
  throw bad(
    place,
    `its ${of} is ${withArticle(type.of)} ${type.name} that is declared and not defined`,
    `define ${type.of} ${type.name} above the map`,
  );
}

function sameSize(before: number | null, size: number, of: "key" | "value", place: Place): number {
  if (before === null || before === 0 || before === size) return size;
  throw bad(place, `its ${of} has ${before} bytes in one member and ${size} in another`);
}

function pinning(number: number, place: Place): MapDefinition["pinning"] {
  const pinned = pinnings[number];
  if (pinned === undefined) throw bad(place, `it has the unknown pinning ${number}`, "write __uint(pinning, LIBBPF_PIN_BY_NAME)");
  return pinned;
}

/** The type that lbc's stream macros put in the place of `__uint`'s plain `int`. */
function eventType(btf: Btf, element: BtfId): BtfId | null {
  const type = btf.resolve(element, { typedefs: false });
  return type.kind === "int" && type.name === "int" ? null : element;
}

/** `__array(values, T)` is `T *values[]`: inner maps, or the programs of a prog array. */
function readValues(btf: Btf, draft: Draft, member: BtfMember, place: Place): void {
  const ofMaps = draft.type === "array_of_maps" || draft.type === "hash_of_maps";
  if (!ofMaps && draft.type !== "prog_array")
    throw bad(place, "only maps of maps and program arrays have values", "declare type before values");
  draft.valueSize = sameSize(draft.valueSize, wordSize, "value", place);
  const array = btf.type(member.type);
  const pointer = array.kind === "array" && array.length === 0 ? btf.resolve(array.element) : array;
  const target = pointer.kind === "pointer" ? btf.resolve(pointer.type) : pointer;
  if (ofMaps && target.kind === "struct") {
    draft.inner = parseMapStruct(btf, target, { ...place, name: `${place.name}.inner` }, true);
  } else if (ofMaps || target.kind !== "function-prototype") {
    throw bad(place, `its values are of the kind ${target.kind}`, "write __array(values, struct { … }) or __array(values, int (void *))");
  }
}

function bad(place: Place, message: string, hint = "see the definitions of maps in the BPF documentation"): ObjectError {
  return new ObjectError("bad-map-definition", { section: ".maps", type: place.name, message, hint });
}
