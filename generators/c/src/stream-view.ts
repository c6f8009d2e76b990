import { type EventLayout, type Layout, type MapLayout, sizeOf } from "@lbc/core/layout";
import type { NamedMap } from "./map-view.ts";
import { commentText, type FunctionNames } from "./names.ts";
import type { Spelling } from "./spelling.ts";

/** Functions of an event stream, those that are its own business included. */
export function streamVerbs({ map }: NamedMap): string[] {
  if (map.access !== "stream-out") return [];
  const verbs = ["open", "_fn", "_call", "deliver", "lose", "poll", "fd"];
  if (isBatch(map.event)) verbs.push("read");
  if (tellsLosses(map)) verbs.push("lost");
  return verbs;
}

/** Perf event arrays tell what they drop, ring buffers do not; some maps are the one or the other by the kernel. */
function tellsLosses(map: MapLayout): boolean {
  return map.type !== "ringbuf" || map.fallback !== null;
}

/** Batches are arrays of the event's type, so every record has to be exactly one. */
function isBatch(event: EventLayout | null): boolean {
  return event !== null && event.type !== null && event.fixed;
}

function sizeText(event: EventLayout | null): string {
  if (event === null || event.type === null) return "records of bytes, as its type is not known";
  if (event.fixed) return `records of ${event.minBytes} bytes`;
  return event.maxBytes === null ? `records of ${event.minBytes} bytes or more` : `records of ${event.minBytes} to ${event.maxBytes} bytes`;
}

export function streamViews(layout: Layout, maps: readonly NamedMap[], spelling: Spelling, functions: FunctionNames) {
  return maps.flatMap((named) => {
    const { map, member } = named;
    const verbs = new Set(streamVerbs(named));
    if (!verbs.has("poll")) return [];
    const type = map.event?.type ?? null;
    const batch = isBatch(map.event);
    if (batch && type !== null && sizeOf(layout, type) !== map.event?.minBytes)
      throw new RangeError(`a fixed event of ${map.name} is not one type`);
    return [
      {
        member,
        map: commentText(map.name),
        size: sizeText(map.event),
        min: map.event?.minBytes ?? 0,
        max: map.event?.maxBytes ?? 0,
        event: spelling.parameter(type, "event", { constant: true }),
        batch: batch ? spelling.arrayParameter(type, "events", { constant: false }) : null,
        cast: spelling.cast(type),
        callback: functions.get("_fn", member),
        call: functions.get("_call", member),
        lossNote: !tellsLosses(map) ? ", and is never called: a ring buffer does not\n * tell what it drops" : "",
        open: functions.get("open", member),
        deliver: functions.get("deliver", member),
        lose: functions.get("lose", member),
        poll: functions.get("poll", member),
        fd: functions.get("fd", member),
        read: batch ? functions.get("read", member) : null,
        lost: verbs.has("lost") ? functions.get("lost", member) : null,
      },
    ];
  });
}
