/** Key-value metadata of each Parquet file of a store: the version of the schema. */
export const SCHEMA_KEY = 'nscap.schema';
