/** What every reader of variants checks. Spec: Variant Binary Encoding, Metadata encoding (SCH-009). @module */
import { IcebergError } from "../base/index.ts";

const VERSION = 1;

/**
 * Checks that a variant's encoding is the one known here.
 * @throws IcebergError `unsupported` naming the version of another one, `corrupt-file` when the metadata is empty
 */
export function checkVariantVersion(metadata: Uint8Array): void {
  const header = metadata[0];
  if (header === undefined) {
    throw new IcebergError("corrupt-file", "Cannot decode a variant: its metadata is empty");
  }
  const version = header & 0x0f;
  if (version === VERSION) return;
  throw new IcebergError(
    "unsupported",
    `Cannot decode a variant of encoding version ${version}: only version ${VERSION} is known`,
    { context: { version } },
  );
}
