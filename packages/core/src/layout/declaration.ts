import type { Btf, BtfId, BtfType } from "../btf/index.ts";
import { maxDepth } from "./collect.ts";

/** A declaration as C writes it, by names only (`struct rq runqueues`, `int f(struct sock *sk, ...)`): for people, not for a compiler. */
export function declaration(btf: Btf, id: BtfId | null, name: string): string {
  return declare(id === null ? null : btf.type(id), btf, name, 0).trim();
}

function declare(type: BtfType | null, btf: Btf, inner: string, depth: number): string {
  if (type === null || depth > maxDepth) return `void ${inner}`;
  switch (type.kind) {
    case "void":
      return `void ${inner}`;
    case "int":
    case "float":
    case "typedef":
      return `${type.name} ${inner}`;
    case "struct":
    case "union":
    case "enum":
      return `${type.kind} ${type.name || "{…}"} ${inner}`;
    case "forward":
      return `${type.of} ${type.name} ${inner}`;
    case "pointer":
      return declare(btf.type(type.type), btf, pointerTo(btf.type(type.type), inner), depth + 1);
    case "array":
      return declare(btf.type(type.element), btf, `${inner}[${type.length || ""}]`, depth + 1);
    case "const":
    case "volatile":
    case "restrict":
      return `${type.kind} ${declare(btf.type(type.type), btf, inner, depth + 1)}`;
    case "type-tag":
    case "function":
      return declare(btf.type(type.type), btf, inner, depth + 1);
    case "function-prototype": {
      const parameters = type.parameters.map((p) => (p.type === 0 ? "..." : declare(btf.type(p.type), btf, p.name, depth + 1).trim()));
      return declare(btf.type(type.result), btf, `${inner}(${parameters.join(", ") || "void"})`, depth + 1);
    }
    default:
      return inner;
  }
}

const pointerTo = (target: BtfType, inner: string): string =>
  target.kind === "array" || target.kind === "function-prototype" ? `(*${inner})` : `*${inner}`;
