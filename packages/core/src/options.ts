/** A name for a message, if it is too short to be a secret that was put in the wrong place. */
export const toName = (name: string, fallback: string): string =>
  name.length < 32 ? name : fallback;

/**
 * A misspelt option must not be ignored: it would check nothing, or set nothing.
 *
 * @throws {TypeError} when `options` has a member that is not among `known`
 */
export const assertOptions = (what: string, options: object, known: readonly string[]): void => {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(`${what} has no option ${toName(unknown, 'with so long a name')}`);
};
