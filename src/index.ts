export { NscapError } from './errors.ts';
