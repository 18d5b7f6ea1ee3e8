/**
 * Loads the printers of rare protocols, which in dist/ lie in a file of their own that is read when the first of them is
 * called (scripts/lazy.mjs puts that in here): for who will not be able to read it later.
 */
export function loadRare(): void {}
