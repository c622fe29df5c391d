/** Scans that see one tenant's rows alone (decision 21). Spec: none. @module */
import { IcebergError } from "../base/index.ts";
import { and, type Expression, eq } from "../expressions/index.ts";
import type { Schema } from "../schema/index.ts";

/** The column that tells whose a row is. */
export const TENANT_COLUMN = "organization_id";

/**
 * A filter that no other can widen: the tenant's rows, and of those what `filter` lets through. Rows without a tenant
 * are nobody's.
 * @throws IcebergError `invalid-argument` for anything but a name, and for a table without the column: a scan that was
 * meant for one tenant must not become one for all.
 */
export function tenantFilter(filter: Expression, tenant: unknown, schema: Schema): Expression {
  if (typeof tenant !== "string" || tenant === "") {
    throw new IcebergError(
      "invalid-argument",
      `Cannot scan for the tenant ${JSON.stringify(tenant) ?? "undefined"}: give its name, or leave \`tenant\` out to scan all rows`,
    );
  }
  if (!schema.fields.some(({ name, type }) => name === TENANT_COLUMN && type.kind === "string")) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot scan for the tenant ${JSON.stringify(tenant)}: the table has no text column ${TENANT_COLUMN}`,
    );
  }
  return and(eq(TENANT_COLUMN, tenant), filter);
}
