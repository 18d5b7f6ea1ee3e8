// The wiring of namespaces for a page, while they are there.
import { drawMap } from '../../netns/map.ts';
import { resolveNamespace } from '../../netns/resolve.ts';
import type { TopologyData } from '../../page/document.ts';
import { layOut } from '../../report/map/layout.ts';

/**
 * These namespaces, by name or inode, and all that they are wired to; undefined if that cannot be read, which is no reason
 * not to report.
 */
export async function topologyOf(
  namespaces: readonly (string | number)[],
): Promise<TopologyData | undefined> {
  const time = Date.now() / 1000;
  const inodeOf = async (one: string | number) =>
    typeof one === 'number' ? one : (await resolveNamespace(one)).inode;
  try {
    const map = await drawMap(await Promise.all(namespaces.map(inodeOf)));
    if (map.boxes.length === 0) return undefined;
    return { layout: await layOut(map), time, unseen: map.unseen };
  } catch (error) {
    process.stderr.write(`nscap: the namespaces cannot be drawn: ${(error as Error).message}\n`);
    return undefined;
  }
}
