// What `nscap capture` does once it is in the namespace: lists, or a capture.
import { usageError } from '../../errors.ts';
import { filterExpression } from '../../filter/expression.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { CaptureFlags } from './flags.ts';
import { divideWords, interfaceNamed, listDevices, listLinkTypes, listTimestampTypes } from './interfaces.ts';
import { captureHere } from './open.ts';

/** Runs the command with these words and options in the namespace this process is in. */
export async function captureInside(
  namespace: Namespace,
  words: string[],
  flags: CaptureFlags,
): Promise<void> {
  if (flags.listInterfaces) {
    process.stdout.write(listDevices());
    return;
  }
  const [given, filterWords] = divideWords(words, flags.interface);
  const names: string[] = [];
  for (const one of given) names.push(await interfaceNamed(namespace, one, flags.wait === true));
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined) throw usageError(`the interface ${twice} is given twice`);
  if (flags.listDataLinkTypes || flags.listTimeStampTypes) {
    const list = flags.listDataLinkTypes ? listLinkTypes : listTimestampTypes;
    for (const one of names) process.stdout.write(await list(one));
    return;
  }
  await captureHere(namespace, names, filterExpression(filterWords, flags.filterFile), flags);
}
