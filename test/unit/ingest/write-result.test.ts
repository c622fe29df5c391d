/** Write results travel as text and come back as they were; what does not belong to the table is refused by name. */
import { describe, expect, it } from "vitest";
import { isIcebergError } from "../../../src/base/index.ts";
import {
  discardResult,
  type WriteResult,
  writeFiles,
  writeResultFromJson,
  writeResultToJson,
} from "../../../src/ingest/index.ts";
import { setUp } from "./ingest-setup.ts";

const codeOf = (act: () => unknown) => {
  try {
    act();
    return "ok";
  } catch (error) {
    return isIcebergError(error) ? error.code : String(error);
  }
};

describe("writeFiles", () => {
  it("writes partitioned files that no snapshot has", async () => {
    const { io, table, ids } = await setUp();
    const rows = [1, 2, 3].map((id) => ({ id, part: id % 2 === 0 ? "even" : "odd" }));
    const result = await writeFiles(table, rows);
    expect(result.dataFiles.map(({ partition, recordCount }) => [partition, recordCount])).toEqual([
      [["odd"], 2],
      [["even"], 1],
    ]);
    for (const { filePath } of result.dataFiles) expect(io.files.has(filePath)).toBe(true);
    expect(result).toMatchObject({ tableUuid: table.metadata.tableUuid, schemaId: 0, deleteFiles: [] });
    expect(await ids()).toEqual([]);
    await discardResult(io, result);
    for (const { filePath } of result.dataFiles) expect(io.files.has(filePath)).toBe(false);
  });

  it("refuses an id that cannot name a file, before it writes", async () => {
    const { io, table } = await setUp();
    const before = io.files.size;
    await expect(writeFiles(table, [{ id: 1, part: "a" }], { id: "a/b" })).rejects.toMatchObject({
      code: "invalid-argument",
    });
    expect(io.files.size).toBe(before);
  });
});

describe("writeResultToJson and writeResultFromJson", () => {
  it("round-trip data files, delete files, references and the snapshot the deletes are based on", async () => {
    const { table, write } = await setUp();
    const result = await write(1);
    const full: WriteResult = {
      ...result,
      deleteFiles: [
        {
          content: "position-deletes",
          filePath: "memory://w/d.puffin",
          fileFormat: "puffin",
          specId: 0,
          partition: ["odd"],
          recordCount: 1,
          fileSizeInBytes: 50,
          referencedDataFile: "memory://w/a.parquet",
          contentOffset: 4,
          contentSizeInBytes: 40,
        },
      ],
      referencedDataFiles: ["memory://w/a.parquet"],
      startingSnapshotId: 2n ** 62n + 1n,
    };
    expect(writeResultFromJson(writeResultToJson(result, table), table)).toEqual(result);
    expect(writeResultFromJson(writeResultToJson(full, table), table)).toEqual(full);
  });

  it("has the table's uuid and the ids of schema and spec in the text", async () => {
    const { table, write } = await setUp();
    const json = JSON.parse(writeResultToJson(await write(1, "one"), table));
    expect(Object.keys(json)).toEqual([
      "id",
      "table-uuid",
      "schema-id",
      "data-files",
      "delete-files",
      "referenced-data-files",
    ]);
    expect(json).toMatchObject({ id: "one", "table-uuid": table.metadata.tableUuid, "schema-id": 0 });
    expect(json["data-files"][0]).toMatchObject({ "spec-id": 0, content: "data", partition: ["odd"] });
  });

  it("refuse results of another table, of an unknown schema or spec, and what is no result", async () => {
    const { table, write } = await setUp();
    const other = await setUp();
    const result = await write(1);
    const text = writeResultToJson(result, table);
    expect(codeOf(() => writeResultToJson(result, other.table))).toBe("invalid-argument");
    expect(codeOf(() => writeResultToJson({ ...result, schemaId: 9 }, table))).toBe("invalid-argument");
    expect(codeOf(() => writeResultFromJson(text, other.table))).toBe("invalid-payload");
    const edited = (from: string, to: string) =>
      codeOf(() => writeResultFromJson(text.replace(from, to), table));
    expect(edited('"schema-id":0', '"schema-id":9')).toBe("invalid-payload");
    expect(edited('"spec-id":0', '"spec-id":9')).toBe("invalid-payload");
    expect(edited('"id":"r1"', '"id":"../r1"')).toBe("invalid-payload");
    expect(edited('"data-files":[', '"data-files":1,"x":[')).toBe("invalid-payload");
    expect(codeOf(() => writeResultFromJson("[]", table))).toBe("invalid-payload");
    expect(codeOf(() => writeResultFromJson(text.slice(0, -1), table))).toBe("corrupt-file");
  });
});
