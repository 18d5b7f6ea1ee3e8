// The building blocks of the ways to break a lab.
import { NscapError } from '../errors.ts';
import { enterArgv, ipArgv } from '../netns/namespace.ts';
import type { Observed } from './observe.ts';
import type { Scene } from './scene.ts';

/** One command of a break. `undo` reverts it if a later one fails. */
export interface Step {
  argv: string[];
  input?: string;
  undo?: string[];
}

/** A way to break what lies between two namespaces. */
export interface Break {
  /** The fault, in a few words. */
  summary: string;
  /**
   * How it is done in this lab: a sentence that describes the fault, and the commands, or `act` for what no command does.
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

/** NO_PLACE: the lab has nothing that can be broken in this way. */
export function noPlace(sentence: string): NscapError {
  return new NscapError('NO_PLACE', sentence);
}
