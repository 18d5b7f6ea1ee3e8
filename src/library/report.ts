// Capture files as one HTML page: what `nscap report` does.
import { usageError } from '../errors.ts';

/** What the page is about. */
export interface ReportOptions {
  /** Absent: the names of the files. */
  title?: string;
  /** Only packets that match this pcap-filter(7) expression. */
  filter?: string;
  /** Only packets that match this display filter, in Wireshark's language. */
  displayFilter?: string;
  /** Connections kept at a time, about 1 kB each; beyond, closed and idle ones are evicted. Absent: 250000. */
  maxConnections?: number;
  /** Called for each file that is damaged; what could be read of it is in the page. */
  onDamage?: (input: string, damage: string) => void;
}

/**
 * Captures as one HTML page that loads nothing from elsewhere: findings, connections, and of those that matter the graphs over time.
 *
 * @param inputs the path of a capture file, or of several, which are shown on one axis of time; regular files, for each is read
 * three times
 * @returns the page
 * @throws NscapError FILE where something cannot be read, FORMAT where an input is not a capture file, USAGE where a filter does
 * not compile
 * @example await writeFile('report.html', await report(['client.pcap', 'server.pcap'], { filter: 'tcp port 443' }));
 */
export async function report(
  inputs: string | readonly string[],
  options: ReportOptions = {},
): Promise<string> {
  const paths = typeof inputs === 'string' ? [inputs] : inputs;
  if (paths.length === 0) throw usageError('there is nothing to read');
  const { title, filter = '', displayFilter, maxConnections, onDamage } = options;
  const { DEFAULT_MAX_CONNECTIONS } = await import('../flow/analysis.ts');
  const { pageData } = await import('../page/data.ts');
  const { pageHtml } = await import('../page/html.ts');
  const data = await pageData(
    paths.map((path) => ({ path, name: path, file: path })),
    {
      title,
      filter,
      displayFilter,
      maxConnections: maxConnections ?? DEFAULT_MAX_CONNECTIONS,
      damaged: ({ path }, { damage }) => onDamage?.(path, damage),
    },
  );
  return pageHtml(data);
}
