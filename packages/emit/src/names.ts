export type Case = "PascalCase" | "camelCase" | "snake_case" | "SCREAMING_SNAKE_CASE" | "unchanged";

/** How a language spells names: data, so that every decision about a name is made before anything is printed. */
export interface NamingPolicy {
  readonly case: Case;
  /** Keywords and names that the generated code itself uses in this scope. */
  readonly reserved: ReadonlySet<string>;
  /** Makes a usable name of a reserved one, such as `type_` or `r#type`. */
  readonly escape: (name: string) => string;
  /** What is put before a name that would begin with a digit or be empty, or with no capital in PascalCase. */
  readonly prefix: string;
  /** Tells a name from another that is spelled the same: `name_2`, unless the language wants it otherwise. */
  readonly numbered?: (name: string, number: number) => string;
}

/** Letters and digits of any script that every language takes in a name; marks are none in Go. */
const unusable = /[^[[\p{L}\p{Nd}]&&\p{XID_Continue}]]+/v;
const eachUnusable = /[^[[\p{L}\p{Nd}_]&&\p{XID_Continue}]]/gv;

/** Python and Rust take two names for one where this makes them equal. */
const normalized = (name: string): string => name.normalize("NFKC");

/** The words of a kernel or C name: split at anything that is no letter or digit, and between lower and upper case. */
export function words(name: string): string[] {
  return normalized(name)
    .replace(/([\p{Ll}\p{Nd}])(\p{Lu})/gu, "$1_$2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1_$2")
    .split(unusable)
    .filter((word) => word !== "");
}

function capitalize(word: string): string {
  const [first = "", ...rest] = word;
  return first.toUpperCase() + rest.join("").toLowerCase();
}

/** Digits that would run together (`a_1_2`) stay apart, or `x1_2` and `x12` would become one name. */
function join(parts: readonly string[]): string {
  return parts.reduce((joined, part) => (/\d$/.test(joined) && /^\d/.test(part) ? `${joined}_${part}` : joined + part), "");
}

/** Letters may become other ones and marks when their case changes: the capital ß is two letters, the small İ has a mark. */
export function convertCase(name: string, to: Case): string {
  return normalized(inCase(name, to)).replace(eachUnusable, "");
}

function inCase(name: string, to: Case): string {
  switch (to) {
    case "unchanged":
      return normalized(name).replace(eachUnusable, "_");
    case "PascalCase":
      return join(words(name).map(capitalize));
    case "camelCase":
      return join(words(name).map((word, index) => (index === 0 ? word.toLowerCase() : capitalize(word))));
    case "snake_case":
      return words(name).join("_").toLowerCase();
    case "SCREAMING_SNAKE_CASE":
      return words(name).join("_").toUpperCase();
  }
}

/** What escaping makes of a name may be reserved as well. */
function escaped(name: string, policy: NamingPolicy): string {
  return policy.reserved.has(name) ? escaped(policy.escape(name), policy) : name;
}

/** An escaped name (`type_`) ends with the separator already; two in a row are against many a language's rules. */
const withSeparator = (name: string, number: number): string => (name.endsWith("_") ? `${name}${number}` : `${name}_${number}`);

/** One kernel name in one language, before collisions are looked at. */
export function identifier(name: string, policy: NamingPolicy): string {
  const converted = convertCase(name, policy.case);
  // in Go only a capital is exported, and not every script has any
  const start = policy.case === "PascalCase" ? /^\p{Lu}/u : /^[\p{L}_]/u;
  const usable = start.test(converted) ? converted : `${policy.prefix}${converted}`;
  return escaped(usable, policy);
}

/**
 * Names for all of one scope at once, in the order given. Where two kernel names become one identifier, the one that is spelled
 * like it (else the first) keeps it; the others get `_2`, `_3`, or what the policy says, past any name that is taken.
 */
export function allocateNames(names: readonly string[], policy: NamingPolicy, taken: Iterable<string> = []): string[] {
  const { numbered = withSeparator } = policy;
  const wanted = names.map((name) => identifier(name, policy));
  const used = new Set<string>(taken);
  const owner = new Map<string, number>();
  wanted.forEach((want, index) => {
    if (used.has(want)) return;
    if (!owner.has(want) || (names[index] === want && names[owner.get(want) ?? -1] !== want)) owner.set(want, index);
  });
  for (const want of owner.keys()) used.add(want);
  return wanted.map((want, index) => {
    if (owner.get(want) === index) return want;
    let number = 2;
    while (used.has(numbered(want, number))) number++;
    const unique = numbered(want, number);
    used.add(unique);
    return unique;
  });
}
