/** Files as JSON come back as they went, whatever they hold. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson, stringifyJson } from "../../src/base/index.ts";
import { contentFileFromJson, contentFileToJson } from "../../src/manifests/index.ts";
import { partitionFields } from "../../src/partitioning/index.ts";
import { arbitraryManifest } from "../../src/testing/index.ts";

describe("contentFileToJson", () => {
  it("round-trips every data and delete file a manifest can hold, exactly", () => {
    fc.assert(
      fc.property(arbitraryManifest(), ({ spec, schema, entries }) => {
        const fields = partitionFields(spec, schema);
        for (const { dataFile } of entries) {
          const text = stringifyJson(contentFileToJson(dataFile, fields));
          const json = parseJson(text, "file", { floats: "exact" });
          const back = contentFileFromJson(json, (id) => (id === spec.specId ? fields : undefined));
          expect(back).toEqual(dataFile);
        }
      }),
    );
  });
});
