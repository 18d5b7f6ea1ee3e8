// The lab that a case is about.
import { type Lab, makeLab } from '../lab.ts';
import type { Case } from './case.ts';

/** The lab of a case, with its servers, broken. Who asks for it removes it. */
export async function brokenLab({ topology, serve = {}, setup = [], breakage, sockets }: Case): Promise<Lab> {
  const made = await makeLab(topology);
  try {
    for (const [short, program] of Object.entries(serve)) {
      if (program.includes('10.0.2.7')) made.do('ip -n @b addr add 10.0.2.7/24 dev veth0');
      await made.serve(short, program);
    }
    made.do(...setup);
    sockets?.(made.ns);
    made.do(...breakage);
    return made;
  } catch (error) {
    made.remove();
    throw error;
  }
}
