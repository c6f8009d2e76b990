import { declOf, type Layout, resolveTypedefs, sizeOf, type TypeRef } from "@lbc/core/layout";

/** What bytes in network order are. */
export type Address = "ipv4" | "ipv6" | "mac" | "be16" | "be32" | "be64";

/** `saddr`, `dst_ip`, `remote_addr_v4`; not `addr` alone, which may be memory. */
const ipName =
  /(?:^|_)(?:[sdlr]|src|dst|source|dest|local|remote|peer|client|server|gateway|from|to)_?(?:addr|ip)(?:ess)?(?:_?v?[46])?$|(?:^|_)(?:addr|ip)_?v[46]$|^ipv?[46]?$/i;
const macName = /(?:^|_)(?:mac|hwaddr|lladdr|h_source|h_dest)(?:_|$)|_mac$/i;
/** The kernel's types of numbers in network byte order. @see include/uapi/linux/types.h */
const networkTypes: Readonly<Record<string, Address>> = { __be16: "be16", __be32: "be32", __be64: "be64" };
const anyAddressName = /addr|ip|^(?:[sd]|src|dst|source|dest|gw|nexthop|v4|key)$/i;

/** Whether type and name say that a value is an address or in network byte order; null where they do not. */
export function addressOf(layout: Layout, ref: TypeRef, name: string): Address | null {
  const tags = namesOf(layout, ref);
  if (tags.includes("in_addr")) return "ipv4";
  if (tags.includes("in6_addr")) return "ipv6";
  const network = tags.map((tag) => networkTypes[tag]).find((known) => known !== undefined);
  if (network !== undefined) return network === "be32" && anyAddressName.test(name) ? "ipv4" : network;
  const type = resolveTypedefs(layout, ref);
  const isNumber = type.kind === "int" && type.role === "number" && !type.signed;
  const isBytes = type.kind === "array" && !type.text && isUnsigned(layout, type.element);
  if (!isNumber && !isBytes) return null;
  const size = sizeOf(layout, ref);
  if (size === 4 && ipName.test(name)) return "ipv4";
  if (size === 16 && (name === "v6" || ipName.test(name))) return "ipv6";
  return size === 6 && macName.test(name) ? "mac" : null;
}

/** The typedefs on the way to a type, and its tag. */
function namesOf(layout: Layout, ref: TypeRef): string[] {
  const names: string[] = [];
  for (let current = ref; current.kind === "named"; ) {
    const decl = declOf(layout, current);
    if (decl.name !== null) names.push(decl.name);
    if (decl.kind !== "typedef") break;
    current = decl.type;
  }
  return names;
}

function isUnsigned(layout: Layout, ref: TypeRef): boolean {
  const type = resolveTypedefs(layout, ref);
  return type.kind === "int" && !type.signed && type.role === "number";
}
