import { templatesBeside } from "@lbc/emit/templates";

/** The templates in the folders beside this module, such as `rust/build.rs`. */
export const template = templatesBeside(import.meta.url);
