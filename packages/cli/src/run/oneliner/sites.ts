import { didYouMean } from "@lbc/core/layout";
import { RunError } from "../errors.ts";
import type { Aggregate, Column, Scale, Site, Store, TypeOrNumber } from "./calls.ts";
import { isKeyword, memberName, unique } from "./columns.ts";
import { hasMeaning, mapNames } from "./own-names.ts";
import { namesUsed, type Piece } from "./tokens.ts";

export type SiteKind =
  | { readonly kind: "emit" }
  | { readonly kind: "aggregate"; readonly by: Aggregate }
  | { readonly kind: "histogram"; readonly scale: Scale };

/** The maps that a one-liner needs. */
export class Sites {
  readonly #taken: Set<string>;
  readonly #macros: ReadonlySet<string>;
  readonly #sites = new Map<string, Site & { readonly what: SiteKind }>();
  readonly #stores = new Map<string, Store>();
  /** Each get() and take(), to be checked when every put() is known. */
  readonly #readings: { readonly store: string; readonly line: number }[] = [];
  #unknownTypes = 0;
  usesExit = false;

  /** `macros` are those that the text defines. */
  constructor(taken: Set<string>, macros: ReadonlySet<string>) {
    this.#taken = taken;
    this.#macros = macros;
  }

  get all(): readonly (Site & { readonly what: SiteKind })[] {
    return [...this.#sites.values()];
  }

  get stores(): readonly Store[] {
    return [...this.#stores.values()];
  }

  /** How many types the compiler has to tell. */
  get unknownTypes(): number {
    return this.#unknownTypes;
  }

  nextUnknown(): number {
    return this.#unknownTypes++;
  }

  /** The site of a call, made where its clause comes to it for the first time: by the first hook. */
  at(place: string, what: SiteKind, title: string, columns: () => readonly Column[]): Site {
    const known = this.#sites.get(place);
    if (known !== undefined) return known;
    const kind = what.kind === "aggregate" ? what.by : what.kind;
    const map = unique(mapNames[kind], this.#taken);
    const wanted = columns().map((column) => ({ ...column, name: memberName(column.name, this.#macros) }));
    const structName = what.kind === "emit" ? map.replace(/^events/, "event") : `${map}_key`;
    const hasKey = what.kind === "emit" || wanted.length > 0;
    const site = { map, struct: hasKey ? unique(structName, this.#taken) : null, columns: wanted, title, what };
    this.#sites.set(place, site);
    return site;
  }

  /** The first put() of a name decides its types. Throws RunError for a name that means something else. */
  store({ text: name, line }: Piece, key: () => TypeOrNumber, value: () => TypeOrNumber): Store {
    if (isKeyword(name) || this.#macros.has(name) || hasMeaning(name)) {
      const message = `put(${name}, …) stores in a map, and ${name} is something else already`;
      throw new RunError("bad-one-liner", { line, message, hint: `name the map in another way: put(by_${name}, …)` });
    }
    const known = this.#stores.get(name) ?? { name, key: key(), value: value() };
    this.#stores.set(name, known);
    return known;
  }

  reads(store: string, line: number): void {
    this.#readings.push({ store, line });
  }

  /** Throws RunError for a get() or take() of what nobody puts. */
  checkStores(declarations: readonly Piece[]): void {
    for (const { store, line } of this.#readings) {
      if (this.#stores.has(store)) continue;
      const hint = declarations.some(({ text }) => namesUsed(text).has(store))
        ? "get() and take() are for what put() stores; use bpf_map_lookup_elem() with a map of your own"
        : (didYouMean(store, this.#stores.keys()) ?? `store something first: put(${store}, tid, nsecs)`);
      throw new RunError("bad-one-liner", { line, message: `nothing is put into ${store}`, hint });
    }
  }
}
