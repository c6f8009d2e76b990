import { allocateNames, convertCase, type NamingPolicy, words } from "@lbc/emit";

/** @see https://go.dev/ref/spec#Keywords */
const keywords = new Set(
  `break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select
  struct switch type var`.split(/\s+/),
);

/** Names of packages that Go cannot import, or treats otherwise. */
const unimportable = new Set(["main", "init", "internal", "vendor", "testdata"]);

/** What the generated package declares besides the object's own types. */
const ofPackage = "Load Maps MapSpecs Programs ProgramSpecs Skeleton WithMaps WithPrograms".split(" ");

/** What the embedded golbc.Object has. */
const ofSkeleton = "Attach Close Collection Detach Map Maps Object Progs Ready StructOps".split(" ");

/** Methods whose signature is settled: fmt's, and those that go vet compares with the interfaces of the standard library. */
const methods = (
  "Format GobDecode GobEncode MarshalJSON MarshalXML ReadByte ReadFrom ReadRune Scan Seek String UnmarshalJSON UnmarshalXML UnreadByte " +
  "UnreadRune WriteByte WriteTo"
).split(" ");

const exported = (reserved: Iterable<string> = []): NamingPolicy => ({
  case: "PascalCase",
  reserved: new Set(reserved),
  escape: (name) => `${name}_`,
  prefix: "X",
});

/** Names in the package's scope: types and constants, all at once. */
export const packageNames = (names: readonly string[], taken: Iterable<string> = []): string[] =>
  allocateNames(names, exported(ofPackage), taken);

/** Fields of the skeleton: its sections. */
export const sectionNames = (names: readonly string[]): string[] => allocateNames(names, exported(ofSkeleton));

/** Fields of a struct, which may have any name. */
export const fieldNames = (names: readonly string[]): string[] => allocateNames(names, exported());

/** Fields and methods of a struct with methods; they share a scope. */
export const memberNames = (names: readonly string[], taken: Iterable<string> = []): string[] =>
  allocateNames(names, exported(methods), taken);

/** The package's name: lower case, without underscores. */
export function packageName(objectName: string): string {
  const name = words(objectName).join("").toLowerCase();
  if (!/^[a-z]/.test(name)) return `x${name}`;
  return keywords.has(name) || unimportable.has(name) ? `${name}bpf` : name;
}

/** Go leaves out files whose names begin with an underscore. */
export const fileStem = (objectName: string): string => convertCase(objectName, "unchanged").replace(/^_+/, "") || "x";
