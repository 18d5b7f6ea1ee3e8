// What nscap exporter is told.

export interface ExporterFlags {
  listen: { host: string; port: number };
  drops?: boolean;
  maxConnections: number;
  filterFile?: string;
}
