/** Everything `npm test` runs: nothing outside the project is needed. @module */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    exclude: ["test/interop/**", "test/shared/**"],
    testTimeout: 30_000,
  },
});
