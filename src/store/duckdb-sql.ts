// Texts and names of files in DuckDB's SQL.

/** A text as a literal of DuckDB, which knows no escapes but the doubled quote. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** DuckDB takes names of files as patterns. */
export function escapeGlob(path: string): string {
  return path.replace(/[*?[\]]/g, '[$&]');
}

/** These very files, for read_parquet. */
export function fileList(files: readonly string[]): string {
  return `[${files.map((file) => sqlText(escapeGlob(file))).join(', ')}]`;
}
