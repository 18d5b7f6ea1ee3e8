// How a finding about a connection becomes a sentence.
import type { ConnectionFindingCode } from '../../flow/findings/codes.ts';
import type { ConnectionFacts } from '../../flow/findings/facts.ts';

/** A sentence for each of the codes, made of its facts. */
export type Sentences<Codes extends ConnectionFindingCode = ConnectionFindingCode> = {
  readonly [Code in Codes]: (facts: ConnectionFacts[Code]) => string;
};
