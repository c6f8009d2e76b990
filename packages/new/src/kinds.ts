export const projectLanguages = ["c", "go", "python", "rust", "typescript"] as const;
export type ProjectLanguage = (typeof projectLanguages)[number];

/** What a project's program does to begin with, and which words it takes. */
export const templates = {
  trace: { description: "Shows every program that is executed", usage: "[PPID]" },
} as const;

export type Template = keyof typeof templates;
export const templateNames = Object.keys(templates) as readonly Template[];
