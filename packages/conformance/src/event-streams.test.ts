import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { readElf } from "@lbc/core/elf";
import { type Layout, type MapLayout, resolveLayout, type TypeRef } from "@lbc/core/layout";
import { readObject } from "@lbc/core/object";
import { describe, expect, test } from "vitest";
import { corpusObjects } from "../../../tools/corpus/objects.ts";

interface Stream {
  readonly object: string;
  readonly map: string;
  readonly struct: string;
  readonly inferred: string | null;
  readonly reason: string | undefined;
}

const table = await readFile(new URL("../golden/event-streams.txt", import.meta.url), "utf8");
const known: Stream[] = table
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [object = "", map = "", struct = "", inferred = "", reason] = line.split(/\s+/);
    return { object, map, struct, inferred: inferred === "-" ? null : inferred, reason };
  });

const layouts = new Map<string, Layout>();
for (const path of await corpusObjects()) {
  const name = basename(path, ".bpf.o");
  layouts.set(name, resolveLayout(readObject(readElf(await readFile(path))), { name }));
}
const streamsOf = (layout: Layout): MapLayout[] => layout.maps.filter((map) => map.event !== null);

function structOf(layout: Layout, ref: TypeRef | null): string | null {
  const decl = ref?.kind === "named" ? layout.types[ref.id] : undefined;
  return decl === undefined ? null : decl.name;
}

describe("the event streams of libbpf-tools", () => {
  test("are those of the table", () => {
    const found = [...layouts].flatMap(([object, layout]) => streamsOf(layout).map((map) => `${object} ${map.name}`));
    expect(found).toEqual(known.map(({ object, map }) => `${object} ${map}`));
  });

  test.each(known)("$object $map sends struct $struct", ({ object, map: name, struct, inferred, reason }) => {
    const layout = layouts.get(object) as Layout;
    const map = streamsOf(layout).find((stream) => stream.name === name);
    const found = structOf(layout, map?.event?.type ?? null);
    expect([struct, null], "a wrong inference").toContain(found);
    expect(found).toBe(inferred);
    expect(reason === undefined, "a missing inference has a reason").toBe(inferred !== null);
    const notes = layout.notes.filter((note) => note.subject === name && note.code.startsWith("event-type"));
    expect(notes.map((note) => note.hint?.includes(`--event ${name}=STRUCT`))).toEqual(inferred === null ? [true] : []);
  });

  test("keep the length that the program sends, whatever their type", () => {
    const event = (object: string) => streamsOf(layouts.get(object) as Layout)[0]?.event;
    expect(event("opensnoop")).toMatchObject({ type: null, minBytes: 312, maxBytes: 312, fixed: false });
    // execsnoop cuts its record behind the last argument.
    expect(event("execsnoop")).toMatchObject({ from: "inferred", minBytes: 0, maxBytes: 7720, fixed: false });
    expect(event("gethostlatency")).toMatchObject({ from: "inferred", minBytes: 112, maxBytes: 112, fixed: true });
  });
});
