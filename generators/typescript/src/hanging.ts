/**
 * ts-morph moves the further lines of every initializer one level to the right, which suits an expression but not an object.
 * Its own formatter would move them back, and takes longer than all the rest; so they are marked, and moved once they are printed.
 */
const mark = "/*<*/";

/** Marks the further lines of an initializer. */
export const markHung = (initializer: string): string => initializer.replaceAll("\n", `\n${mark}`);

/** Moves marked lines back by one level. */
export const unhang = (code: string): string => code.replaceAll(/^ {2}( *)\/\*<\*\//gm, "$1");
