export { NewError, type NewErrorCode } from "./errors.ts";
export { createProject, type Project, type ProjectOptions } from "./project.ts";
