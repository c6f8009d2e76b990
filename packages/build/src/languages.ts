import type { Emit } from "@lbc/emit";

export const languages = ["c", "go", "python", "rust", "typescript"] as const;
export type Language = (typeof languages)[number];

/** Loaded when first asked for: ts-morph alone takes longer to import than everything else takes to run. */
export const generators: Readonly<Record<Language, () => Promise<Emit>>> = {
  c: async () => (await import("@lbc/gen-c")).emit,
  go: async () => (await import("@lbc/gen-go")).emit,
  python: async () => (await import("@lbc/gen-python")).emit,
  rust: async () => (await import("@lbc/gen-rust")).emit,
  typescript: async () => (await import("@lbc/gen-typescript")).emit,
};
