/** What lbc is told in words: cheap to import, for a command that only prints its help. */
export { type Language, languages } from "./languages.ts";
export { hostTarget, type Target, targets } from "./targets.ts";
export { version } from "./version.ts";
