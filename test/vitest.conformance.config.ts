/** `npm run conformance`: the tests of both other files, with each requirement they name counted. @module */
import { defineConfig } from "vitest/config";
import { ConformanceReporter } from "./conformance/reporter.ts";
import unit from "./vitest.config.ts";
import shared from "./vitest.shared.config.ts";

const setupFiles = [new URL("conformance/assertions.ts", import.meta.url).pathname];

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    projects: [
      { test: { ...unit.test, name: "unit", setupFiles } },
      { test: { ...shared.test, name: "shared", setupFiles } },
    ],
    reporters: ["dot", new ConformanceReporter()],
  },
});
