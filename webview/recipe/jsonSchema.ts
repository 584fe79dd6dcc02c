/** The parts of a JSON Schema that a form reads. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly (string | number | boolean)[];
  readonly const?: string | number | boolean;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

/** The newest of the versions that a schema allows: a form writes no other. */
export function newestVersion(schema: JsonSchema): JsonSchema {
  return schema.oneOf?.at(-1) ?? schema;
}
