// What is wrong with a filter, and where.
import { NscapError } from '../../errors.ts';

/** Where in the text of a filter something stands. */
export interface Place {
  start: number;
  end: number;
}

/** A filter that does not compile: a sentence, and the filter with a caret under what is meant. */
export class FilterError extends Error {
  readonly place: Place | undefined;
  readonly hint: string | undefined;

  constructor(message: string, place?: Place, hint?: string) {
    super(message);
    this.place = place;
    this.hint = hint;
  }

  /** As a person is told. */
  explained(text: string): NscapError {
    const { place, message, hint } = this;
    const shown = text.replace(/[\t\n\r]/g, ' ');
    const excerpt =
      place === undefined
        ? []
        : [
            `    ${shown}`,
            `    ${' '.repeat(place.start)}^${'~'.repeat(Math.max(0, place.end - place.start - 1))}`,
          ];
    return new NscapError('USAGE', message, {
      exitStatus: 2,
      excerpt,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
