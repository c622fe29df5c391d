/**
 * What a catalog does for the rest of the library: name tables, and swap a table's pointer atomically.
 * The swap is the only commit point (CMT-001) and has exactly three outcomes. Spec: Commit Conflict Resolution.
 * @module
 */
import {
  type AbortOptions,
  type CommitFailedError,
  type CommitStateUnknownError,
  type FileIO,
  IcebergError,
  NoSuchTableError,
} from "../base/index.ts";
import type { TableMetadata, TableRequirement, TableUpdate } from "../metadata/index.ts";
import type { PartitionSpec } from "../partitioning/index.ts";
import type { Schema } from "../schema/index.ts";
import type { SortOrder } from "../sorting/index.ts";

/** Levels of a namespace, outermost first. */
export type Namespace = readonly string[];

export interface TableIdentifier {
  readonly namespace: Namespace;
  readonly name: string;
}

/** `"ns.table"` (the last dot splits, decision 3) or the parts themselves for names that hold dots. */
export type TableName = string | readonly string[] | TableIdentifier;
/** `"a.b"` or the levels themselves. */
export type NamespaceName = string | Namespace;

/** One version of a table's metadata, with the files it lives among. */
export interface LoadedTable {
  readonly identifier: TableIdentifier;
  readonly metadata: TableMetadata;
  /** Where the metadata was read from or written to. */
  readonly metadataLocation: string;
  readonly io: FileIO;
}

export interface CreateTableRequest {
  /** Ids are reassigned (SCH-018). */
  readonly schema: Schema;
  readonly spec?: PartitionSpec;
  readonly sortOrder?: SortOrder;
  /** Default: chosen by the catalog. */
  readonly location?: string;
  readonly properties?: ReadonlyMap<string, string>;
  /** Default 2. */
  readonly formatVersion?: 1 | 2 | 3;
}

export interface DropTableOptions extends AbortOptions {
  /**
   * Deletes the files too: those the table's metadata leads to and that lie below the table's location, no others.
   * Default `false`: only the name goes, and the files stay.
   */
  readonly purge?: boolean;
}

/** How a commit ended. A definite failure that is no conflict (no permission, disk full) is thrown instead. */
export type CommitOutcome =
  | { readonly kind: "committed"; readonly table: LoadedTable }
  /** Another commit won: nothing of this one is visible. */
  | { readonly kind: "conflict"; readonly error: CommitFailedError }
  /** It may have happened or not: delete nothing, look before writing again (CMT-009). */
  | {
      readonly kind: "unknown";
      readonly error: CommitStateUnknownError;
      /** Whether finding the change in the table settles it; not so when only its durability is in doubt. */
      readonly reconcilable: boolean;
    };

/** A writer's place among those that want to commit to a table. It protects nothing: the swap decides who wins. */
export interface Turn {
  /** Waits until no earlier writer is left, at most `waitMs`; answers whether that is so. Fails only when aborted. */
  wait(waitMs: number, options?: AbortOptions): Promise<boolean>;
  /** Lets the next writer go ahead. Never throws. */
  end(): Promise<void>;
}

/** A catalog. Implementations: file system, memory, REST. */
export interface CatalogClient {
  createNamespace(namespace: Namespace, options?: AbortOptions): Promise<void>;
  /** Direct children of `parent`, or the top level. */
  listNamespaces(parent?: Namespace, options?: AbortOptions): Promise<readonly Namespace[]>;
  namespaceExists(namespace: Namespace, options?: AbortOptions): Promise<boolean>;
  /** Throws `no-such-namespace`, `namespace-not-empty` when it holds tables or namespaces. */
  dropNamespace(namespace: Namespace, options?: AbortOptions): Promise<void>;
  /** Throws `no-such-namespace`. */
  listTables(namespace: Namespace, options?: AbortOptions): Promise<readonly TableIdentifier[]>;
  /** Throws `already-exists`, `no-such-namespace`. */
  createTable(id: TableIdentifier, request: CreateTableRequest, options?: AbortOptions): Promise<LoadedTable>;
  /** Throws `no-such-table`. */
  loadTable(id: TableIdentifier, options?: AbortOptions): Promise<LoadedTable>;
  /**
   * Takes the table out of the catalog. Commits to it that are under way fail; none can bring it back.
   * Throws `no-such-table`, `validation-failed` for a purge when the table has `gc.enabled=false`.
   */
  dropTable(id: TableIdentifier, options?: DropTableOptions): Promise<void>;
  /**
   * Gives a table another name, atomically. Throws `no-such-table`, `no-such-namespace`, `already-exists`, and
   * `unsupported` where a name cannot be changed atomically.
   */
  renameTable(from: TableIdentifier, to: TableIdentifier, options?: AbortOptions): Promise<void>;
  /**
   * Applies `updates` if every requirement holds for the table's current metadata.
   * `base` is the version they were made for, which lets a catalog skip reading it again.
   */
  commitTable(
    base: LoadedTable,
    requirements: readonly TableRequirement[],
    updates: readonly TableUpdate[],
    options?: AbortOptions,
  ): Promise<CommitOutcome>;
  /**
   * A place in the queue of a table's writers, in catalogs that can keep some order among processes; `undefined` when
   * nobody waits and the caller need not either, for it has `lost` no attempt. Advisory, and never an error: it keeps
   * writers from losing attempt after attempt.
   */
  takeTurn?(id: TableIdentifier, lost: boolean): Promise<Turn | undefined>;
}

/** The identifier of any form of table name. Throws `invalid-argument` when a part is missing. */
export function tableIdentifier(name: TableName): TableIdentifier {
  const parts =
    typeof name === "string" ? name.split(".") : "name" in name ? [...name.namespace, name.name] : name;
  if (parts.length < 2 || parts.some((part) => part === "")) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot use ${JSON.stringify(name)} as a table name: write namespace.name`,
      { context: { name } },
    );
  }
  return { namespace: parts.slice(0, -1), name: parts[parts.length - 1]! };
}

/** The levels of any form of namespace name. Throws `invalid-argument` when a level is empty. */
export function namespaceLevels(name: NamespaceName): Namespace {
  const levels = typeof name === "string" ? name.split(".") : name;
  if (levels.length === 0 || levels.some((level) => level === "")) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot use ${JSON.stringify(name)} as a namespace: it has an empty level`,
      { context: { name } },
    );
  }
  return levels;
}

/** `a.b.table`, for people. */
export function identifierText(id: TableIdentifier): string {
  return [...id.namespace, id.name].join(".");
}

/** `already-exists` for a table. */
export function tableExists(id: TableIdentifier): IcebergError {
  return new IcebergError("already-exists", `Cannot create ${identifierText(id)}: it exists`, {
    context: { table: identifierText(id) },
  });
}

/** `no-such-table`, for a catalog that knows its tables by name. */
export function unknownTable(action: string, id: TableIdentifier): NoSuchTableError {
  return new NoSuchTableError(`Cannot ${action} ${identifierText(id)}: the catalog has no such table`, {
    context: { table: identifierText(id) },
  });
}

/** `namespace-not-empty`, with what is in it. */
export function namespaceNotEmpty(namespace: Namespace, first: string): IcebergError {
  return new IcebergError(
    "namespace-not-empty",
    `Cannot drop namespace ${namespace.join(".")}: it holds ${first}; drop what is in it first`,
    { context: { namespace, holds: first } },
  );
}

/** `already-exists` for a namespace. */
export function namespaceTaken(namespace: Namespace, cause?: unknown): IcebergError {
  return new IcebergError("already-exists", `Cannot create namespace ${namespace.join(".")}: it exists`, {
    context: { namespace },
    cause,
  });
}

/** `no-such-namespace`, with the call that makes it. */
export function noSuchNamespace(namespace: Namespace): IcebergError {
  const name = namespace.join(".");
  return new IcebergError(
    "no-such-namespace",
    `Cannot find namespace ${name}: create it first with createNamespace(${JSON.stringify(name)})`,
    { context: { namespace } },
  );
}
