// Reads what a text that may be a token says, to show it.
// Never decides anything: this reading is lenient, core's is strict.

/** A JSON object as somebody wrote it. */
export type JsonObject = { readonly [member: string]: unknown };

/** The parts that can be read; what cannot is missing. */
export interface ReadToken {
  readonly header?: JsonObject;
  readonly claims?: JsonObject;
}

const readObject = (segment: string | undefined): JsonObject | undefined => {
  try {
    const binary = atob((segment ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    JSON.stringify(value); // nested too deep to be shown, it throws
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as JsonObject) : undefined; // an object and not an array
  } catch {
    return undefined;
  }
};

/** Reads the first two parts of a text. */
export const readToken = (text: string): ReadToken => {
  const [header, claims] = text.split('.').slice(0, 2).map(readObject);
  return { ...(header && { header }), ...(claims && { claims }) };
};
