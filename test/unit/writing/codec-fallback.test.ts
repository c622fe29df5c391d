import { afterEach, describe, expect, it, vi } from "vitest";
import { newTableMetadata } from "../../../src/metadata/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { UNSORTED } from "../../../src/sorting/index.ts";
import { writeSettings } from "../../../src/writing/write-settings.ts";

const settings = (properties: Record<string, string>) =>
  writeSettings(
    newTableMetadata({
      schema: defineSchema({ id: required(t.long()) }),
      location: "memory://w/t",
      properties: new Map(Object.entries(properties)),
      uuid: "6a1f5c2e-0f3c-4b3c-9d39-3f8a5c0f8b11",
      nowMs: 0,
    }),
    UNSORTED,
  );

afterEach(() => vi.restoreAllMocks());

describe("writeSettings() with a codec that cannot be written here", () => {
  it("leaves the choice to the encoder, drops the level meant for the other, and warns once (decision 9)", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const asked = { "write.parquet.compression-codec": "lz4", "write.parquet.compression-level": "7" };
    for (let time = 0; time < 3; time++) {
      const { codec, codecLevel } = settings(asked);
      expect([codec, codecLevel]).toEqual([undefined, undefined]);
    }
    expect(warn).toHaveBeenCalledOnce();
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("lz4"));
  });

  it("keeps one that can be, with its level, and says nothing", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const asked = { "write.parquet.compression-codec": "gzip", "write.parquet.compression-level": "7" };
    expect(settings(asked)).toMatchObject({ codec: "gzip", codecLevel: 7 });
    expect(warn).not.toHaveBeenCalled();
  });
});
