// What labs take, loaded when a lab is first asked for.
export { usageError } from '../errors.ts';
export { createLab, withLab } from '../netns/lab/create.ts';
export { checkRemovable, findLab, onlyLab, onlyRemovable } from '../netns/lab/find.ts';
export { labRecords } from '../netns/lab/record.ts';
export { removeLab } from '../netns/lab/remove.ts';
export { labStatus } from '../netns/lab/status.ts';
export { bridgeSpec, chainSpec, numbered, pairSpec, starSpec } from '../netns/lab/topology.ts';
