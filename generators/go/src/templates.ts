import { templatesBeside } from "@lbc/emit/templates";

/** The template NAME.hbs beside this file. */
export const template = templatesBeside(import.meta.url);
