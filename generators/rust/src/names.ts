import type { NamingPolicy } from "@lbc/emit";

/** @see https://doc.rust-lang.org/reference/keywords.html, edition 2024, with the reserved ones. */
const keywords = [
  "abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let loop",
  "macro match mod move mut override priv pub ref return self Self static struct super trait true try type typeof union unsafe unsized",
  "use virtual where while yield _",
].flatMap((line) => line.split(" "));

/** The keywords that are none even with `r#`. */
const unescapable = new Set(["crate", "self", "Self", "super"]);

function rawIdentifier(name: string): string {
  if (name === "_") return "underscore";
  return unescapable.has(name) ? `${name}_` : `r#${name}`;
}

/** Names that a generated file itself uses as types or traits: of the prelude, imported, and its own. */
const usedTypes = [
  "Clone Copy Debug Default Drop Eq Err Fn FnMut FnOnce From Hash Into IntoIterator Iterator None Ok Option PartialEq Result Self Send",
  "Some String Sync Vec Box FromBytes Immutable IntoBytes KnownLayout Maps OpenMaps Progs OpenProgs Links",
].flatMap((line) => line.split(" "));

/** Types: a trailing underscore is the convention for a name that is taken, and no lint minds it, but does one before a digit. */
export const typeNames: NamingPolicy = {
  case: "PascalCase",
  reserved: new Set(usedTypes),
  escape: (name) => `${name}_`,
  prefix: "T",
  numbered: (name, number) => name.replace(/_$/, "").replace(/\d$/, "$&_") + number,
};

/** Fields of structs. */
export const fieldNames: NamingPolicy = { case: "snake_case", reserved: new Set(keywords), escape: rawIdentifier, prefix: "_" };

/** What clippy expects of methods with these names is something else than reading a member. */
const meaningful = new Set(["clone", "len", "new"]);

/** Methods: as fields, and never a name with a meaning of its own in Rust (`len`, `from_…`). */
export const methodNames: NamingPolicy = {
  case: "snake_case",
  reserved: new Set([...keywords, ...meaningful]),
  escape: (name) => (meaningful.has(name) ? `${name}_` : rawIdentifier(name)),
  prefix: "_",
};

/** `from_`, `into_` and `to_` begin the names of conversions. */
export const methodStem = (name: string): string => (/^_*(from|into|to)_/i.test(name) ? `get_${name}` : name);

/** Values of enums. */
export const constantNames: NamingPolicy = {
  case: "SCREAMING_SNAKE_CASE",
  reserved: new Set(keywords),
  escape: (name) => (name === "_" ? "UNDERSCORE" : `${name}_`),
  prefix: "_",
};

/** A crate's name: the object's, with a suffix that keeps it apart from the program that uses it. */
export function crateName(object: string): string {
  const words = object.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const stem = words.join("-");
  return /^[a-z]/.test(stem) ? `${stem}-bpf` : `bpf-${stem || "object"}`;
}
