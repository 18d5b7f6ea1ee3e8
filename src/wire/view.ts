const NOTHING = new DataView(new ArrayBuffer(0));

/**
 * A movable window on a header. A protocol's `open` places it and checks once that the fixed header lies within what
 * was captured; after that its getters cannot fail.
 */
export abstract class View {
  /** The buffer the header lies in. */
  bytes: DataView = NOTHING;
  /** Where the header begins. */
  offset = 0;
}
