/** Front door of `manifests/`. @module */
export * from "./content-file-json.ts";
export * from "./data-file.ts";
export type { ManifestContext } from "./decoded-entry.ts";
export type { FormatVersion } from "./entry-fields.ts";
export type { EntryWishes, ManifestColumns } from "./entry-slots.ts";
export { type InlinePlace, inlineManifest, type ManifestHeader, manifestHeader } from "./header.ts";
export * from "./read-manifest.ts";
export * from "./read-manifest-list.ts";
export * from "./summaries.ts";
export * from "./write-manifest.ts";
export * from "./write-manifest-list.ts";
