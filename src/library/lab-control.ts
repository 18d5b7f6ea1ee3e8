// What labs take, loaded when a lab is first asked for.
export { usageError } from '../errors.ts';
export { createLab, withLab } from '../lab/create.ts';
export { checkRemovable, findLab, onlyLab, onlyRemovable } from '../lab/find.ts';
export { labRecords } from '../lab/record.ts';
export { removeLab } from '../lab/remove.ts';
export { labStatus } from '../lab/status.ts';
export { bridgeSpec, chainSpec, numbered, pairSpec, starSpec } from '../lab/topology.ts';
