import type { JwtClaims } from '@zep-auth/core';

interface ClaimFields {
  readonly subject: string;
  readonly scope: string;
  /** A JSON object, or empty. */
  readonly more: string;
  readonly hasExpiry: boolean;
}

const parseObject = (text: string): object => {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TypeError('More claims: this is not JSON.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new TypeError('More claims: this is JSON, but not an object in braces.');
};

/**
 * Returns the claims of the form.
 *
 * @throws {TypeError} when the JSON is not an object, or sets a claim that has its own field
 */
export const readClaims = ({ subject, scope, more, hasExpiry }: ClaimFields): JwtClaims => {
  const others = parseObject(more);
  const fields = {
    ...(subject !== '' && { sub: subject }),
    ...(scope !== '' && { scope: scope.trim().split(/\s+/).join(' ') }),
  };
  const taken = [...Object.keys(fields), ...(hasExpiry ? ['exp'] : [])];
  const twice = taken.find((claim) => Object.hasOwn(others, claim));
  if (twice !== undefined) throw new TypeError(`More claims: ${twice} has its own field.`);
  return { ...fields, ...others };
};
