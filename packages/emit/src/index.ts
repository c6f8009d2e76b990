export { printable } from "./doc-text.ts";
export { FileSet, type OutputFile } from "./file-set.ts";
export { type Emit, type EmitOptions, provenance } from "./generator.ts";
export { allocateNames, type Case, convertCase, identifier, type NamingPolicy, words } from "./names.ts";
