// Commands that read capture files give up root, too: before the first byte of a file is read.

/**
 * Under sudo: opens the files with root's rights, and becomes the user who called it. What is written then is the user's,
 * in folders where the user may write; what lies in a home folder lies in the user's.
 */
export async function readAsUser(files: readonly string[]): Promise<void> {
  if (process.env.SUDO_UID === undefined) return;
  const { becomeUser, futureUser, useHomeOf } = await import('../binding/privilege.ts');
  const user = futureUser(undefined);
  if (user === undefined) return;
  const { keepOpen } = await import('../source/input.ts');
  for (const file of files) keepOpen(file);
  becomeUser(user);
  useHomeOf(user);
}
