import type { CType } from "./builtins.ts";
import type { Piece, Place } from "./tokens.ts";

/** The helpers that a clause may call, with how each is written. */
export const helpers = {
  emit: "emit(expression, name = expression, …)",
  count: "count(key, …)",
  sum: "sum(value, key, …)",
  min: "min(value, key, …)",
  max: "max(value, key, …)",
  avg: "avg(value, key, …)",
  hist: "hist(value, key, …)",
  lhist: "lhist(value, lowest, highest, step, key, …)",
  put: "put(map, key, value)",
  get: "get(map, key)",
  take: "take(map, key)",
  exit: "exit()",
  str: "str(pointer) or str(pointer, bytes)",
  join: "join(pointers) or join(pointers, bytes)",
} as const;
export type Helper = keyof typeof helpers;
export type Aggregate = "count" | "sum" | "min" | "max" | "avg";

export const isHelper = (name: string): name is Helper => Object.hasOwn(helpers, name);

/** C as the user wrote it, with the helpers that it calls. */
export type Fragment = readonly (Piece | Call)[];

/** A type that is known from the text, or the number under which the compiler is asked for it. */
export type TypeOrNumber = CType | number;

/** Read from behind a pointer, or from behind each of a list of pointers and joined by spaces. */
export interface StringType {
  readonly stringBytes: number;
  readonly isJoined: boolean;
}

/** A field of an event or a key. */
export interface Column {
  /** In C; `lbc run` shows it without what memberName() puts before it. */
  readonly name: string;
  readonly type: StringType | TypeOrNumber;
}

/** How a histogram's slots divide the values. */
export type Scale =
  | { readonly kind: "log2" }
  | { readonly kind: "linear"; readonly lowest: number; readonly highest: number; readonly step: number };

/** What a call stores into: one for each place in the source, shared by all hooks of its clause. */
export interface Site {
  /** Of the map. */
  readonly map: string;
  /** Of the struct of its events or keys; null where there is no key. */
  readonly struct: string | null;
  readonly columns: readonly Column[];
  /** The call as it was written. */
  readonly title: string;
}

/** A map that put() fills: numbers by a number. */
export interface Store {
  readonly name: string;
  readonly key: TypeOrNumber;
  readonly value: TypeOrNumber;
}

interface Stored {
  readonly site: Site;
  /** Of the site's columns, in their order. */
  readonly values: readonly Fragment[];
}
/** With the place where it was written. */
export type Call = Place &
  (
    | ({ readonly kind: "emit" } & Stored)
    | ({ readonly kind: "aggregate"; readonly by: Aggregate; readonly value: Fragment } & Stored)
    | ({ readonly kind: "histogram"; readonly scale: Scale; readonly value: Fragment } & Stored)
    | { readonly kind: "put"; readonly store: Store; readonly key: Fragment; readonly value: Fragment }
    | { readonly kind: "get" | "take"; readonly store: string; readonly key: Fragment }
    | { readonly kind: "exit" }
  );

export const isCall = (part: Piece | Call): part is Call => "kind" in part;
