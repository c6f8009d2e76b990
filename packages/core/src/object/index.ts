export * from "./kinds.ts";
export type * from "./types.ts";
