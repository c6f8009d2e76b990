import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("..", import.meta.url));
/** What set-up, demo and tests make; ignored by git. */
export const scratch = join(root, ".lbc");
