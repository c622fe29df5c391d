/**
 * The interfaces of Standard Schema 1 and Standard JSON Schema 1, as far as this library offers or takes them, declared
 * here so that no package is needed. Spec: standardschema.dev.
 * @module
 */

/** What validates unknown values and knows the types of its input and output. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": StandardSchemaProps<Input, Output>;
}

export interface StandardSchemaProps<Input = unknown, Output = Input> {
  readonly version: 1;
  /** The library that made the schema. */
  readonly vendor: string;
  readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
  /** Exists in types only. */
  readonly types?: StandardTypes<Input, Output> | undefined;
}

export interface StandardTypes<Input, Output> {
  readonly input: Input;
  readonly output: Output;
}

export type StandardResult<Output> = StandardSuccess<Output> | StandardFailure;

export interface StandardSuccess<Output> {
  readonly value: Output;
  readonly issues?: undefined;
}

export interface StandardFailure {
  readonly issues: readonly StandardIssue[];
}

/** What is wrong with a value, and where. */
export interface StandardIssue {
  readonly message: string;
  /** Keys from the outside in: names of columns and fields, indexes of list elements. */
  readonly path?: readonly PropertyKey[] | undefined;
}

/** What tells its types as JSON Schema. */
export interface StandardJsonSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly jsonSchema: {
      readonly input: (options: { readonly target: string }) => Record<string, unknown>;
      readonly output: (options: { readonly target: string }) => Record<string, unknown>;
    };
  };
}
