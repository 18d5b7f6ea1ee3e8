// What the ways to break a lab are made of.
import { NscapError } from '../errors.ts';
import { enterArgv, ipArgv } from '../netns/namespace.ts';
import type { Observed } from './observe.ts';
import type { Scene } from './scene.ts';

/** One command of a break. `undo` takes it back, should a later one fail. */
export interface Step {
  argv: string[];
  input?: string;
  undo?: string[];
}

/** A way to break what lies between two namespaces. */
export interface Break {
  /** What is wrong then, in a few words. */
  summary: string;
  /**
   * How it is done in this lab: a sentence that says what is wrong now, and the commands; or `act` for what is no command.
   * @throws NscapError NO_PLACE where the lab has nothing to break in this way
   */
  plan(scene: Scene): Plan | Promise<Plan>;
}

interface Plan {
  sentence: string;
  steps: Step[];
  act?: () => Promise<void>;
}

export type Breaks = Record<string, Break>;

/** `ip …` in an observed namespace. */
export function ip(observed: Observed, ...words: string[]): Step {
  return { argv: ipArgv(observed.namespace, words) };
}

/** Any command in a namespace. */
export function inside(observed: Observed, ...words: string[]): Step {
  return { argv: enterArgv(observed.namespace, words) };
}

/** NO_PLACE: the lab has nothing that this way could break. */
export function noPlace(sentence: string): NscapError {
  return new NscapError('NO_PLACE', sentence);
}
