/** What lbc is told in words: cheap to import, for a command that only prints its help. */
export { hostTarget, type Target, targets } from "./clang.ts";
export { type Language, languages } from "./languages.ts";
export { version } from "./version.ts";
