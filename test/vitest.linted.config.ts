/** `npm test` with the spec linter on every table that a test commits. @module */
import { mergeConfig } from "vitest/config";
import config from "./vitest.config.ts";

export default mergeConfig(config, {
  test: {
    globalSetup: ["test/linter/tally.ts"],
    setupFiles: ["test/linter/every-table.ts"],
    // A test's own clean-up comes after the look at its tables.
    sequence: { hooks: "list" },
  },
});
