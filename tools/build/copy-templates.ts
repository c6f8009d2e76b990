import { cp } from "node:fs/promises";

// tsc leaves everything that is no TypeScript behind; generators read their templates from beside their code.
await cp("src", "dist", { recursive: true, filter: (path) => !/\.[a-z]+$/.test(path) || path.endsWith(".hbs") });
