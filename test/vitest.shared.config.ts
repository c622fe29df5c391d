/** `npm run test:shared`: tests over the vectors, fixtures and telemetry beside the checkout (`../shared`). @module */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/shared/**/*.test.ts"],
    testTimeout: 60_000,
  },
});
