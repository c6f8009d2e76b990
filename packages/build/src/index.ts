export { type CompileOptions, compile, findClang } from "./clang.ts";
export { BuildError, type BuildErrorCode } from "./errors.ts";
export { readInput, writeFiles } from "./files.ts";
export { compileHeaderTypes } from "./header-types.ts";
export { type Language, languages } from "./languages.ts";
export { combine, emitSdks, type GenerateOptions, generate, objectName, type ReadOptions, readLayout } from "./pipeline.ts";
export { version } from "./version.ts";
export { vmlinuxFolder } from "./vmlinux.ts";
