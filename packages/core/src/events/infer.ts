import type { Btf, BtfId } from "../btf/index.ts";
import type { BpfObject, MapDefinition } from "../object/index.ts";
import { functionsOf } from "./code.ts";
import { type OutputSite, outputSites } from "./interpret.ts";
import type { Value } from "./value.ts";

/** What the code of an object tells of one event stream. */
export interface StreamEvidence {
  /** Every different type that a call provably sends, as struct or union; one, with `complete`, is the type of the events. */
  readonly types: readonly BtfId[];
  /** Whether the type is known at every call that may send to this map. */
  readonly complete: boolean;
  /** Calls that send to this map. */
  readonly calls: number;
  /** Shortest and longest record in bytes; null: not bounded by what is known. */
  readonly minBytes: number;
  readonly maxBytes: number | null;
  /** Whether a ring buffer is sent to as a perf event array as well: the way for kernels that have no ring buffers. */
  readonly perfFallback: boolean;
}

/** Follows the data pointer and size of every output call of the object; an entry for each ring buffer and perf event array. */
export function inferStreams(object: BpfObject): Map<MapDefinition, StreamEvidence> {
  const streams = object.maps.filter(({ type }) => type === "ringbuf" || type === "perf_event_array");
  if (streams.length === 0) return new Map();
  const sites = [...functionsOf(object)].flatMap(outputSites);
  return new Map(
    streams.map((map) => {
      // A call whose map is not known may send to any stream of its kind.
      const own = sites.filter((site) => (site.map.kind === "map" ? site.map.map === map : site.stream === map.type));
      const perfFallback = map.type === "ringbuf" && own.some((site) => site.stream === "perf_event_array");
      return [map, { ...evidence(object, own), perfFallback }];
    }),
  );
}

function evidence(object: BpfObject, sites: readonly OutputSite[]): Omit<StreamEvidence, "perfFallback"> {
  const { btf } = object;
  const types = sites.map((site) => (btf === null ? null : dataType(object, btf, site)));
  const known = types.filter((type) => type !== null);
  const bounds = sites.map((site) => recordBytes(object, site));
  return {
    types: [...new Set(known)],
    complete: sites.length > 0 && known.length === sites.length,
    calls: sites.length,
    minBytes: sites.length === 0 ? 0 : Math.min(...bounds.map(({ min }) => min)),
    maxBytes: sites.length === 0 ? null : bounds.reduce<number | null>((most, { max }) => larger(most, max), 0),
  };
}

const larger = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : Math.max(a, b));

/** The verifier keeps a record inside the memory that it is sent from, so that this bounds a size that is computed at run time. */
function recordBytes(object: BpfObject, { data, size, flags }: OutputSite): { min: number; max: number | null } {
  const appends = flags.kind !== "constant" || flags.value < 0 || flags.value > 0xffffffff;
  if (size.kind === "constant" && size.value >= 0) return { min: size.value, max: appends ? null : size.value };
  return { min: 0, max: appends ? null : bytesBehind(object, data) };
}

function bytesBehind(object: BpfObject, data: Value): number | null {
  if (!("offset" in data) || data.offset === null) return null;
  switch (data.kind) {
    case "map-value":
      return data.map.valueSize - data.offset;
    case "stack":
      return -data.offset;
    case "global": {
      const section = object.data.find(({ sectionIndex }) => sectionIndex === data.section);
      return section === undefined ? null : section.size - data.offset;
    }
  }
}

/** The struct or union that the data pointer of a call provably points to. */
function dataType(object: BpfObject, btf: Btf, { data, size }: OutputSite): BtfId | null {
  const place = placeOf(object, data);
  if (place === null) return null;
  const candidates = compositesAt(btf, place.type, place.offset);
  const bytes = size.kind === "constant" ? size.value : null;
  const exact = candidates.find((id) => btf.size(id) === bytes);
  if (exact !== undefined) return exact;
  // A record that is shorter than its struct, or of a size computed at run time: only where no struct inside could be meant.
  const [only, ...others] = candidates;
  return only !== undefined && others.length === 0 && (bytes === null || bytes <= btf.size(only)) ? only : null;
}

function placeOf(object: BpfObject, data: Value): { type: BtfId; offset: number } | null {
  if (data.kind === "map-value") {
    return data.map.value === null || data.offset === null ? null : { type: data.map.value, offset: data.offset };
  }
  if (data.kind !== "global" || data.offset === null) return null;
  const { offset } = data;
  const section = object.data.find(({ sectionIndex }) => sectionIndex === data.section);
  const variable = section?.variables.find((candidate) => candidate.offset <= offset && offset < candidate.offset + candidate.size);
  return variable === undefined || variable.type === null ? null : { type: variable.type, offset: offset - variable.offset };
}

/** Every struct and union that begins at an offset of a type, outermost first; members of unions are not told apart. */
function compositesAt(btf: Btf, id: BtfId, offset: number): BtfId[] {
  const type = btf.resolve(id);
  if (type.kind === "array") {
    const bytes = btf.size(type.element);
    return bytes === 0 || offset >= bytes * type.length ? [] : compositesAt(btf, type.element, offset % bytes);
  }
  if (type.kind !== "struct" && type.kind !== "union") return [];
  const here = offset === 0 ? [type.id] : [];
  if (type.kind === "union") return here;
  const inside = type.members.find((member) => {
    const start = member.bitOffset / 8;
    return member.bitSize === 0 && start <= offset && offset < start + btf.size(member.type);
  });
  return inside === undefined ? here : [...here, ...compositesAt(btf, inside.type, offset - inside.bitOffset / 8)];
}
