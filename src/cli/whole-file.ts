// Files that are replaced as a whole: written beside their name and renamed, so that nobody ever sees half of one.
import { Output } from '../output/whole-file.ts';

/** Writes the text to the file; - is standard output. @throws NscapError FILE; the file is then as it was. */
export function writeWhole(path: string, text: string): void {
  const output = new Output(path, new Set());
  try {
    output.open();
    output.sink.text.utf8(text);
    output.close(0);
  } catch (error) {
    output.abandon();
    throw error;
  }
}
