// A file that is gone when the process is, however it ends.
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { User } from '../../binding/privilege.ts';
import { cannotWrite } from '../../errors.ts';
import { giveTo, PRIVATE } from '../../output/create.ts';

/** A file in the folder for temporary ones that has no name there; it is opened by `path`, by this process alone. */
export class UnnamedFile {
  readonly path: string;
  private readonly descriptor: number;

  /** The `user`'s, where root is given up for one. @throws NscapError FILE */
  constructor(user: User | undefined) {
    try {
      const folder = mkdtempSync(join(tmpdir(), 'nscap-'));
      try {
        this.descriptor = openSync(join(folder, 'packets'), 'wx+', PRIVATE);
        giveTo(user, this.descriptor);
      } finally {
        rmSync(folder, { recursive: true });
      }
    } catch (error) {
      throw cannotWrite(tmpdir(), error);
    }
    this.path = `/proc/self/fd/${this.descriptor}`;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
