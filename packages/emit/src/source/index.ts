export { documented } from "./documented.ts";
export { sourcesOf } from "./sources.ts";
