// JSON that other programs print or write: it may break off, and hold anything.

/** The document; undefined where the text is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The objects of a list; what else is in it is left out, and what is no list has none. */
export function objectsIn<T extends object>(value: unknown): T[] {
  return Array.isArray(value) ? value.filter((one): one is T => isObject(one)) : [];
}

/** The object; one without members in place of anything else. */
export function objectOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

/** Whether it is an object that is no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
