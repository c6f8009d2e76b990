import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@lbc/source"] },
  ssr: { resolve: { conditions: ["@lbc/source"] } },
  test: { include: ["{packages,generators,tools}/**/*.test.ts"], exclude: ["**/node_modules/**", "**/dist/**"], testTimeout: 60_000 },
});
