/** What a call throws. @module */
import { isIcebergError } from "../../../src/base/index.ts";

/** The message of the `invalid-payload` error a call throws; any other outcome is handed back as it is. */
export function payloadError(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return isIcebergError(error, "invalid-payload") ? error.message : error;
  }
}
