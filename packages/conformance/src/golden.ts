import type { Layout } from "@lbc/core/layout";

/** Wide enough for a member or a variable on one line, so that a change shows as one line. */
const lineWidth = 240;

/** JSON for reviewing: what fits on a line stands on one. */
export function readableJson(value: unknown, indent = ""): string {
  const line = JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");
  if (typeof value !== "object" || value === null || indent.length + line.length <= lineWidth) return line;
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const parts = Array.isArray(value)
    ? value.map((element) => inner + readableJson(element, inner))
    : Object.entries(value).map(([key, element]) => `${inner}${JSON.stringify(key)}: ${readableJson(element, inner)}`);
  return `${open}\n${parts.join(",\n")}\n${indent}${close}`;
}

/** A layout without what another version of the compiler changes: the object's size and digest. */
export function stable(layout: Layout): unknown {
  const { sha256: _digest, byteLength: _size, ...object } = layout.object;
  return { ...layout, object };
}

/** What must be the same for both byte orders: all but the order itself and how bit-fields are shifted. */
export function withoutByteOrder(layout: Layout): unknown {
  const text = JSON.stringify(stable(layout), (key, value) => (key === "shift" || key === "endianness" ? undefined : value));
  return JSON.parse(text);
}
