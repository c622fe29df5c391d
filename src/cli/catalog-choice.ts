/** Which catalog a command line means: a folder, or a server behind the REST protocol. Spec: REST catalog. @module */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Flags, type Invocation, UsageError } from "./verb.ts";

/** The catalog names of tables are looked up in. */
export type CatalogChoice =
  /** The file catalog of a folder; `path` is absolute. */
  | { readonly kind: "folder"; readonly path: string }
  | {
      readonly kind: "rest";
      readonly uri: string;
      /** The server's name of a warehouse. */
      readonly warehouse?: string;
      readonly token?: string;
      readonly credential?: string;
      readonly properties: Readonly<Record<string, string>>;
    };

/** The flags that choose, taken by every verb. */
export const CATALOG_FLAGS: Flags = {
  warehouse: {
    kind: "text",
    placeholder: "DIR",
    help: "Folder of the file catalog (default ./warehouse); with --catalog the server's warehouse",
  },
  catalog: { kind: "text", placeholder: "URI", help: "A REST catalog instead: https://host:8181" },
  token: {
    kind: "text",
    placeholder: "TOKEN",
    help: "Bearer token for --catalog; better in ICEWRIGHT_TOKEN",
  },
  credential: {
    kind: "text",
    placeholder: "ID:SECRET",
    help: "OAuth2 credentials for --catalog; better in ICEWRIGHT_CREDENTIAL",
  },
  "catalog-property": {
    kind: "list",
    placeholder: "K=V",
    help: "Any other property of --catalog, such as scope=…, header.X-Tenant=…",
  },
};

/** The choice of a command line: its flags, else the environment. Throws `UsageError`. */
export function catalogChoice(
  invocation: Invocation,
  cwd: string,
  environment: Readonly<Record<string, string | undefined>>,
): CatalogChoice {
  const variable = (name: string) => environment[`ICEWRIGHT_${name}`] || undefined;
  const warehouse = invocation.text("warehouse") ?? variable("WAREHOUSE");
  // An empty --catalog overrules the environment.
  const uri = (invocation.text("catalog") ?? variable("CATALOG")) || undefined;
  if (uri === undefined) {
    const stray = FOR_CATALOG.find((flag) => invocation.text(flag) ?? invocation.all(flag)[0]);
    if (stray !== undefined) throw new UsageError(`--${stray} is for --catalog URI, which is not given`);
    return { kind: "folder", path: folderOf(warehouse ?? "warehouse", cwd) };
  }
  if (!/^https?:\/\//i.test(uri)) {
    throw new UsageError(`--catalog takes an http:// or https:// address, not ${JSON.stringify(uri)}`);
  }
  const token = invocation.text("token") ?? variable("TOKEN");
  const credential = invocation.text("credential") ?? variable("CREDENTIAL");
  return {
    kind: "rest",
    uri,
    ...(warehouse !== undefined && { warehouse }),
    ...(token !== undefined && { token }),
    ...(credential !== undefined && { credential }),
    properties: properties(invocation),
  };
}

/** A path, or a `file:` location; other locations would silently become folders of that name. Throws `UsageError`. */
function folderOf(warehouse: string, cwd: string): string {
  if (/^file:/i.test(warehouse)) return fileURLToPath(new URL(warehouse));
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(warehouse)) {
    throw new UsageError(
      `--warehouse takes a folder, not ${JSON.stringify(warehouse)}: without --catalog tables live on the local disk`,
    );
  }
  return resolve(cwd, warehouse);
}

/** The catalog as notes and hints name it; never with its secrets. */
export function catalogText(choice: CatalogChoice): string {
  if (choice.kind === "folder") return choice.path;
  return choice.warehouse === undefined ? choice.uri : `${choice.uri} (${choice.warehouse})`;
}

const FOR_CATALOG = ["token", "credential", "catalog-property"] as const;

function properties(invocation: Invocation): Readonly<Record<string, string>> {
  const pairs = invocation.all("catalog-property").map((text) => {
    const at = text.indexOf("=");
    // The value may be a secret: the message keeps it to itself.
    if (at < 1) throw new UsageError("--catalog-property takes key=value");
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}
