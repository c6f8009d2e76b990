import { readFileSync } from "node:fs";

/** Version of lbc, as it stands in the header of generated files. */
export const version: string = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
