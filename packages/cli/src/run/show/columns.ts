import { compositeOf, declOf, type Layout, leavesOf, resolveTypedefs, type TypeRef } from "@lbc/core/layout";
import { stackType } from "../oneliner/builtins.ts";
import { addressOf } from "./addresses.ts";
import type { Plain } from "./plain.ts";

/** A column of a table: one value in a record, or the value itself. */
export interface Column {
  /** `addr.port` for a member of a member. */
  readonly name: string;
  /** Where the value is in the record; empty where there is no record. */
  readonly path: readonly string[];
  readonly isNumber: boolean;
  /** How wide values of this type mostly are. */
  readonly width: number;
  /** The number of a stack trace. */
  readonly isStack: boolean;
}

const stackName = /(?:^|_)(?:k|u|kern_?|kernel_?|user_?)?stack(?:_?id)?$/i;
/** Of process numbers, counters and time stamps. */
const integerWidths: Readonly<Record<number, number>> = { 1: 3, 2: 5, 4: 7, 8: 8, 16: 16 };
const timeName = /time|stamp|^ts|ts$|nsecs?$/i;
/** Of nanoseconds since the machine started. */
const timeWidth = 15;
const widestGuess = 16;

/** The columns of values of a type; members of structs inside it are columns of their own. `name` is what a value without members is called. */
export function columnsOf(layout: Layout, ref: TypeRef, name: string, path: readonly string[] = []): Column[] {
  const composite = addressOf(layout, ref, name) === null ? compositeOf(layout, ref) : null;
  if (composite === null) return [single(layout, ref, name, path)];
  return leavesOf(layout, composite).flatMap((leaf): Column[] => {
    const below = [...path, leaf.name];
    if (leaf.kind === "field")
      return columnsOf(layout, leaf.type, leaf.name, below).map((column) => ({ ...column, name: column.path.join(".") }));
    return [{ name: below.join("."), path: below, isNumber: true, width: 1, isStack: false }];
  });
}

function single(layout: Layout, ref: TypeRef, name: string, path: readonly string[]): Column {
  const type = resolveTypedefs(layout, ref);
  const column = { name, path, isStack: false };
  const address = addressOf(layout, ref, name);
  if (address === "ipv4" || address === "ipv6" || address === "mac")
    return { ...column, isNumber: false, width: address === "ipv6" ? 25 : 15 };
  switch (type.kind) {
    case "int": {
      const isStack = type.bytes >= 4 && (stackName.test(name) || typedefName(layout, ref) === stackType);
      return {
        ...column,
        isNumber: type.role !== "bool",
        width: type.bytes === 8 && timeName.test(name) ? timeWidth : (integerWidths[type.bytes] ?? 1),
        isStack,
      };
    }
    case "float":
      return { ...column, isNumber: true, width: 8 };
    case "pointer":
      return { ...column, isNumber: true, width: 18 };
    case "array":
      return { ...column, isNumber: false, width: type.text ? Math.min(type.length - 1, widestGuess) : 1 };
    case "named": {
      const decl = declOf(layout, type);
      const names = decl.kind === "enum" ? decl.values.map((value) => value.name.length) : [];
      return { ...column, isNumber: false, width: Math.min(widestGuess, Math.max(1, ...names)) };
    }
  }
}

function typedefName(layout: Layout, ref: TypeRef): string | null {
  return ref.kind === "named" ? declOf(layout, ref).name : null;
}

/** The value of a column. */
export function valueAt(record: Plain, path: readonly string[]): Plain {
  let value = record;
  for (const name of path) value = (value as { readonly [member: string]: Plain })[name] ?? "";
  return value;
}

/** What moves the cursor or ends a line is shown as its code; JavaScript's own escapes are those of C. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value in one cell. */
export function cellText(value: Plain): string {
  if (typeof value === "string") return value.replace(unprintable, escapeCharacter);
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(cellText).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([name, member]) => `${name}=${cellText(member)}`)
    .join(", ")}}`;
}

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t", "\r": "\\r" };

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return named[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`);
}
