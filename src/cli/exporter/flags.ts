// The options of nscap exporter.

export interface ExporterFlags {
  listen: { host: string; port: number };
  drops?: boolean;
  maxConnections: number;
  filterFile?: string;
}
