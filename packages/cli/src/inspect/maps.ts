import { withArticle } from "@lbc/core";
import type { EventLayout, Layout, MapLayout } from "@lbc/core/layout";
import { cType } from "./c-type.ts";
import type { Style } from "./style.ts";
import { type Cell, comment, grouped, plural, table } from "./text.ts";

/** One line a map, with a line below for events, inner maps and slots that are filled at load. */
export function renderMaps(layout: Layout, style: Style): string[] {
  const legacy = layout.notes.filter((note) => note.code === "legacy-maps");
  const rows = [
    ...layout.maps.map((map): Cell[] => [
      { text: map.name, paint: style.name },
      { text: map.type, paint: style.type },
      { text: keyValue(layout, map) },
      { text: capacity(map), alignRight: true },
      { text: extras(map), paint: style.dim },
    ]),
    ...legacy.map(({ subject }): Cell[] => [
      { text: subject, paint: style.name },
      { text: "legacy", paint: style.warning },
      { text: "untyped; lbc gen refuses it" },
    ]),
  ];
  const below = [...layout.maps.map((map) => details(layout, map, style)), ...legacy.map((): string[] => [])];
  return table(rows).flatMap((line, index) => [line, ...(below[index] ?? []).map((detail) => `      ${detail}`)]);
}

function keyValue(layout: Layout, map: MapLayout): string {
  const part = (type: MapLayout["key"], size: number): string => (type === null ? plural(size, "byte") : cType(layout, type));
  if (map.access === "stream-out" || map.access === "stream-in" || map.access === "memory" || map.access === "programs") return "";
  if (map.access === "maps") return part(map.key, map.keySize);
  if (map.keySize === 0) return part(map.value, map.valueSize);
  return `${part(map.key, map.keySize)} → ${part(map.value, map.valueSize)}${map.perCpu ? " (each CPU)" : ""}`;
}

function capacity(map: MapLayout): string {
  if (map.maxEntries === 0) return "";
  if (map.type === "ringbuf" || map.type === "user_ringbuf") return plural(map.maxEntries, "byte");
  return map.access === "memory" ? plural(map.maxEntries, "page") : `max ${grouped(map.maxEntries)}`;
}

function extras(map: MapLayout): string {
  const parts = [
    map.flags === 0 ? "" : `flags 0x${map.flags.toString(16)}`,
    map.extra === "0" ? "" : `extra ${map.extra}`,
    map.numaNode === null ? "" : `NUMA node ${map.numaNode}`,
    map.pinning === "none" ? "" : "pinned by name",
    map.histogram === null ? "" : histograms[map.histogram],
    comment(map.doc),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

const histograms: Readonly<Record<NonNullable<MapLayout["histogram"]>, string>> = {
  log2: "histogram by powers of two",
  log10: "histogram by powers of ten",
  linear: "histogram",
};

function details(layout: Layout, map: MapLayout, style: Style): string[] {
  const lines: string[] = [];
  if (map.event !== null) lines.push(describeEvent(layout, map.event, style));
  if (map.fallback !== null) lines.push(`a ${style.type(map.fallback)} where the kernel has no ring buffers`);
  if (map.inner !== null) {
    const { inner } = map;
    lines.push(`each ${withArticle(inner.type).replace(inner.type, style.type)} ${keyValue(layout, inner)} ${capacity(inner)}`.trimEnd());
  }
  if (map.initial.length > 0) lines.push(`filled at load: ${map.initial.map(({ slot, target }) => `[${slot}] ${target}`).join(", ")}`);
  return lines;
}

const origin: Readonly<Record<EventLayout["from"], string>> = {
  map: "the map declares it",
  option: "given with --event",
  inferred: "inferred: every call sends it from a map value or global of this type",
  none: "their type is not known",
};

function describeEvent(layout: Layout, event: EventLayout, style: Style): string {
  const type = event.type === null ? "bytes" : style.type(cType(layout, event.type));
  return `events are ${type}, ${lengthOf(event)}  ${style.dim(`/* ${origin[event.from]} */`)}`;
}

function lengthOf({ minBytes, maxBytes }: EventLayout): string {
  if (maxBytes === null) return minBytes === 0 ? "of any length" : `${plural(minBytes, "byte")} or more`;
  if (minBytes === maxBytes) return `${plural(minBytes, "byte")} each`;
  return minBytes === 0 ? `up to ${plural(maxBytes, "byte")}` : `${grouped(minBytes)} to ${plural(maxBytes, "byte")}`;
}
