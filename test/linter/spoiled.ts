/** Tests that break a table on purpose, or commit what no writer would: the linter does not look at their tables. @module */

export interface Spoiled {
  /** Part of `file > title`. */
  readonly test: string;
  readonly why: string;
}

export const SPOILED: readonly Spoiled[] = [
  {
    test: "a catalog that takes a lost acknowledgement for a failure, so that its writer deletes what is published",
    why: "deletes the files of a snapshot, as such a catalog does",
  },
  {
    test: "node-file-catalog-safety.test.ts > never writes an old table over one that was made anew in its place",
    why: "puts another table into the folder",
  },
  {
    test: "node-file-catalog.test.ts > corrupt metadata is a typed error naming the file",
    why: "cuts the metadata file",
  },
  {
    test: "node-file-catalog-safety.test.ts > a version that cannot be looked at is an error, not an older table",
    why: "puts a link to itself where a version would be",
  },
  {
    test: "rest-commit.test.ts > sends identifier, requirements and updates, ids exact",
    why: "the snapshot is made up, its manifest list is nowhere",
  },
  {
    test: "evolve.test.ts > brings a required column back only when nothing was written without it",
    why: "the snapshot is made up, its manifest list is nowhere",
  },
  {
    test: "evolution.test.ts > has none of the columns without a mapping: names are not guessed",
    why: "registers a file without field ids",
  },
  {
    test: "manifests.test.ts > in another order are the same table",
    why: "turns the manifest list round",
  },
  {
    test: "manifests.test.ts > have the exact length of each manifest, and a spec that the table has",
    why: "names a spec that the table lacks",
  },
  {
    test: "partitioning.test.ts > a file that claims an order the table does not have",
    why: "claims another sort order",
  },
  {
    test: "planning.test.ts > of zero added and existing files skip it",
    why: "makes counts of the manifest list zero",
  },
  {
    test: "planning.test.ts > that are unknown do not",
    why: "takes counts away from the manifest list",
  },
  {
    test: "scans.fault.test.ts",
    why: "spoils one file after the other",
  },
  {
    test: "differential.property.test.ts",
    why: "leaves columns that the partition tells out of files, as importers do and our writer does not",
  },
  {
    test: "variants.test.ts > rows() gives them as unshredded ones",
    why: "shreds by a struct of our encoder, which has no VARIANT annotation",
  },
  {
    test: "catalogs.property.test.ts",
    why: "the snapshots of its histories are made up, their manifest lists are nowhere",
  },
  {
    test: "laws-of-effects.test.ts > holds of MemoryCatalogClient",
    why: "the snapshots of its histories are made up, their manifest lists are nowhere",
  },
  {
    test: "laws-of-effects.test.ts > fails a catalog that overwrites",
    why: "the snapshots of its histories are made up, their manifest lists are nowhere",
  },
  {
    test: "expiry.property.test.ts",
    why: "its histories are made up: any manifest in any snapshot",
  },
  {
    test: "node-file-upkeep.test.ts > finds the newest version with the hint",
    why: "spoils the hint",
  },
  {
    test: "tenant.test.ts > gives the tenant",
    why: "puts tenants and rows without one into one file",
  },
  {
    test: "committer.test.ts > forgets a result with its snapshot",
    why: "commits files again whose id was expired with its snapshot",
  },
];
