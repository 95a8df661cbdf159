// Decodes a token leniently, only to show it. Core, which is strict, decides.

/** An unchecked JSON object. */
export type JsonObject = { readonly [member: string]: unknown };

/** The parts that could be decoded. */
export interface ReadToken {
  readonly header?: JsonObject;
  readonly claims?: JsonObject;
}

const readObject = (segment: string | undefined): JsonObject | undefined => {
  try {
    const binary = atob((segment ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    JSON.stringify(value); // throws if it is nested too deep to be shown
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as JsonObject) : undefined; // an object and not an array
  } catch {
    return undefined;
  }
};

/** Decodes the first two parts of a text. */
export const readToken = (text: string): ReadToken => {
  const [header, claims] = text.split('.').slice(0, 2).map(readObject);
  return { ...(header && { header }), ...(claims && { claims }) };
};
