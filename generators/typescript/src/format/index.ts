import type { ts } from "ts-morph";
import { print } from "./doc.ts";
import { linesDoc, statementDoc } from "./statements.ts";

/** What Prettier breaks lines at where nothing else is said, and Biome too. */
const width = 80;

/**
 * The text of a module as Prettier would leave it with its defaults, and Biome with spaces instead of tabs. It knows the syntax that this
 * generator writes; what else there is stays as it is.
 */
export const format = (module: ts.SourceFile): string => `${print(linesDoc(module.statements, statementDoc), width)}\n`;
