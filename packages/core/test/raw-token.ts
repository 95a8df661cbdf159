// Tokens made by hand, byte by byte, and the answer that a verification gives.
// Never uses the code under test to build what is sent to it.
import { createHash, createHmac } from 'node:crypto';
import { type AuthError, isAuthError } from '../src/errors.ts';

/** A secret of the length that `zepcli -i` makes, always the same for one name. */
export const secretNamed = (name: string): string =>
  `${createHash('sha512').update(name).digest('base64url')}==`;

export const SECRET: string = secretNamed('current');

/** The moment at which the tests' clock stands, in seconds. */
export const NOW = 1_800_000_000;

export const HEADER = '{"alg":"HS256","typ":"JWT"}';

export const encode = (content: string | Uint8Array): string =>
  Buffer.from(content).toString('base64url');

/** Appends the HS256 signature over exactly these bytes. */
export const seal = (signingInput: string, secret: string = SECRET): string =>
  `${signingInput}.${createHmac('sha256', secret).update(signingInput).digest('base64url')}`;

/** A rightly signed token over any header and payload, well-formed or not. */
export const rawToken = (
  header: string | Uint8Array,
  payload: string | Uint8Array,
  secret: string = SECRET,
): string => seal(`${encode(header)}.${encode(payload)}`, secret);

export const tokenOf = (claims: object, secret: string = SECRET): string =>
  rawToken(HEADER, JSON.stringify(claims), secret);

/** The first 11 characters of the RFC 7638 thumbprint. */
export const keyIdOf = (secret: string): string =>
  createHash('sha256')
    .update(`{"k":"${encode(secret)}","kty":"oct"}`)
    .digest('base64url')
    .slice(0, 11);

/** A refusal, which says why. Anything else that is thrown goes on. */
const toRefusal = (error: unknown): AuthError => {
  if (!isAuthError(error)) throw error;
  if (!/\S$/.test(error.message)) throw new Error(`${error.code} does not say why`);
  return error;
};

/** The refusal of an action that must be refused. Anything else that is thrown goes on. */
export const refusalOf = async (action: () => unknown): Promise<AuthError> => {
  try {
    await action();
  } catch (error) {
    return toRefusal(error);
  }
  throw new Error('this was not refused');
};

/** `accepted`, or the code of the refusal. Anything else that is thrown goes on. */
export const outcomeOf = async (action: () => unknown): Promise<string> => {
  try {
    await action();
    return 'accepted';
  } catch (error) {
    return toRefusal(error).code;
  }
};
