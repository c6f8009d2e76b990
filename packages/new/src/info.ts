/** What projects there are: cheap to import, for a command that only prints its help. */

export { type ProjectLanguage, projectLanguages, type Template, templateNames, templates } from "./kinds.ts";
export { nearest } from "./nearest.ts";
