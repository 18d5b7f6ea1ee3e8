// Where the parts of a drawn map are, in character cells.
import type { MapBox, MapCable, MapInterface } from '../../netns/map.ts';

/** Character cells; x and width count columns, y and height rows. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedBox extends Rectangle {
  box: MapBox;
  interfaces: (Rectangle & { interface: MapInterface })[];
}

export interface PlacedCable {
  cable: MapCable;
  /** Corners of the line, ends included: each part is horizontal or vertical. */
  points: { x: number; y: number }[];
}

export interface Layout {
  width: number;
  height: number;
  boxes: PlacedBox[];
  cables: PlacedCable[];
}

/** Columns a text takes: one a code point, which holds for all that names and addresses are made of. */
export function columns(text: string): number {
  return [...text].length;
}
