import { withArticle } from "../article.ts";
import type { Btf } from "../btf/index.ts";
import type { StreamEvidence } from "../events/index.ts";
import type { BpfObject, MapDefinition } from "../object/index.ts";
import { didYouMean } from "../suggest.ts";
import type { Root } from "./collect.ts";
import { LayoutError } from "./errors.ts";
import { findType } from "./find-type.ts";
import type { TypeSource, TypeSpec } from "./source.ts";
import type { TypeTable } from "./type-table.ts";
import type { EventLayout, Note } from "./types.ts";

/** The type that a user or the map itself gives to the events of a map. */
export interface DeclaredEvent extends TypeSpec {
  readonly from: "option" | "map";
  /** The type that the map itself gives, where the user says another. */
  readonly instead?: string;
}

export const isStream = (map: MapDefinition): boolean => map.type === "ringbuf" || map.type === "perf_event_array";

/** Event types that need no inference, by map: what the user says counts more than what the map says. */
export function declaredEvents(
  object: BpfObject,
  sources: readonly TypeSource[],
  options: Readonly<Record<string, string>>,
): Map<MapDefinition, DeclaredEvent> {
  const [own] = sources;
  const declared = new Map<MapDefinition, DeclaredEvent>();
  for (const map of object.maps.filter(isStream)) {
    const id = map.event ?? structValue(own, map);
    if (own !== undefined && id !== null) declared.set(map, { source: own, id, from: "map" });
  }
  for (const [name, type] of Object.entries(options)) {
    const map = object.maps.find((candidate) => candidate.name === name);
    if (map === undefined || !isStream(map)) throw wrongMap(object, name, map);
    const wanted = findType(sources, type);
    const own = declared.get(map);
    const [said, meant] = [own, wanted].map((spec) => (spec === undefined ? undefined : nameOf(spec)));
    declared.set(map, { ...wanted, from: "option", ...(said === undefined || said === meant ? {} : { instead: said }) });
  }
  return declared;
}

/** What a typedef stands for, if that has a name. */
const nameOf = ({ source: { btf }, id }: TypeSpec): string => btf.resolve(id).name || btf.name(id);

export function* eventRoots(declared: ReadonlyMap<MapDefinition, DeclaredEvent>): Iterable<Root> {
  for (const [map, { source, id }] of declared) yield { source, id, place: `${map.name}.event` };
}

/** Objects made for cilium/ebpf name the event as the value of the ring buffer, which has no values. */
function structValue(source: TypeSource | undefined, map: MapDefinition): number | null {
  if (source === undefined || map.type !== "ringbuf" || map.value === null) return null;
  const { kind } = source.btf.resolve(map.value);
  return kind === "struct" || kind === "union" ? map.value : null;
}

function wrongMap(object: BpfObject, name: string, map: MapDefinition | undefined): LayoutError {
  const streams = object.maps.filter(isStream).map((stream) => stream.name);
  const near = didYouMean(name, streams);
  const all = streams.length === 0 ? "the object has no ring buffer or perf event array" : `its event maps are ${streams.join(", ")}`;
  return map === undefined
    ? new LayoutError("unknown-map", { type: name, message: `no map is called ${name}`, hint: near ?? all })
    : new LayoutError("not-an-event-map", {
        type: name,
        message: `map ${name} is ${withArticle(map.type)}, which has no events`,
        hint: all,
      });
}

/** What the events of one stream are: declared, else inferred, else bytes; their length as the code sends them. */
export function eventLayout(
  types: TypeTable,
  own: TypeSource | null,
  declared: DeclaredEvent | undefined,
  seen: StreamEvidence,
): EventLayout {
  const [only] = seen.complete && seen.types.length === 1 ? seen.types : [];
  const inferred = own !== null && only !== undefined ? { source: own, id: only, from: "inferred" as const } : null;
  const spec = declared ?? inferred;
  const type = spec === null ? null : types.ref(spec);
  const { minBytes, maxBytes } = seen;
  const fixed = type !== null && seen.calls > 0 && minBytes === maxBytes && minBytes === types.sizeOf(type);
  return { type, from: spec?.from ?? "none", minBytes, maxBytes, fixed };
}

/** Why the events of a map are bytes, or not what the map says, and what to do about it; null where all is clear. */
export function eventNote(
  btf: Btf | null,
  map: MapDefinition,
  event: EventLayout,
  seen: StreamEvidence,
  declared: DeclaredEvent | undefined,
): Note | null {
  if (declared?.instead !== undefined) {
    const message = `the events of map ${map.name} are what --event says; the object itself says ${declared.instead}`;
    return {
      code: "event-type-overridden",
      subject: map.name,
      message,
      hint: `leave --event ${map.name}=… away, unless the object is wrong`,
    };
  }
  if (event.type !== null) return null;
  const found = btf === null ? [] : seen.types.map((id) => btf.name(id) || "(anonymous)");
  const hint = `name it: --event ${map.name}=STRUCT, with --types HEADER where the object's BTF lacks the struct`;
  if (found.length > 1) {
    const message = `the events of map ${map.name} have more than one type: ${found.join(", ")}`;
    return { code: "event-type-ambiguous", subject: map.name, message, hint };
  }
  const message = `the events of map ${map.name} are bytes: the object does not tell their type`;
  const candidates = found.length === 1 ? `; some of them are ${found[0]}` : sameSize(btf, event);
  return { code: "event-type-unknown", subject: map.name, message, hint: `${hint}${candidates}` };
}

const mostCandidates = 3;

/** Structs that a person may recognise; their size proves nothing, and where there are many it says nothing either. */
function sameSize(btf: Btf | null, event: EventLayout): string {
  if (btf === null || event.minBytes === 0 || event.minBytes !== event.maxBytes) return "";
  const names = new Set<string>();
  for (let id = 1; id < btf.length && names.size <= mostCandidates; id++) {
    if (btf.kind(id) === "struct" && btf.name(id) !== "" && btf.size(id) === event.minBytes) names.add(btf.name(id));
  }
  if (names.size === 0 || names.size > mostCandidates) return "";
  return `; of the same ${event.minBytes} bytes, by chance or not: ${[...names].join(", ")}`;
}
