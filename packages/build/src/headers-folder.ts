import { fileURLToPath } from "node:url";

/** The folder with lbc.h, for clang's include path: that of the package @lbc/headers. */
export function headersFolder(): string {
  return fileURLToPath(new URL(".", import.meta.resolve("@lbc/headers/package.json")));
}
