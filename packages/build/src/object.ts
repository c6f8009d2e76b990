/** What `lbc build` needs, without the generators and readers of the whole package. */
export { type BuildOptions, type Built, buildObject } from "./build-object.ts";
export { BuildError, CompileError } from "./errors.ts";
export { refuseInput, writeOutput } from "./files.ts";
