/** The descriptions of schemas: of the schema itself under `$self`, and of its fields. */
export interface SchemaDescriptions {
  readonly [schema: string]: { readonly $self?: string; readonly [field: string]: string | undefined };
}
