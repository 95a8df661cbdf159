// Making a secret, and judging whether a text is fit to be one.
// Never changes a secret: what is not fit is refused, not trimmed, decoded or repaired.
import { base64url } from 'jose';

/** How {@link generateSecret} makes a secret. */
export interface GenerateSecretOptions {
  /** Random bytes, 32 to 1024. Default 64. */
  readonly bytes?: number;
}

/**
 * Makes a secret of random bytes in base64url with padding: 88 characters by default, as Zep's `zepcli -i`.
 *
 * @throws {RangeError} when `bytes` is not a whole number from 32 to 1024
 * @see RFC 4648 section 5, RFC 7518 section 3.2
 * @example
 * ```ts
 * import { generateSecret } from '@zep-auth/core';
 * const secret = generateSecret(); // keep it on the server only
 * ```
 */
export const generateSecret = ({ bytes = 64 }: GenerateSecretOptions = {}): string => {
  if (!Number.isInteger(bytes) || bytes < 32 || bytes > 1024) {
    throw new RangeError('bytes must be a whole number from 32 to 1024');
  }
  const text = base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)));
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
};

/** What can be wrong with a secret. */
export type SecretRule =
  | 'too-short'
  | 'ill-formed'
  | 'edge'
  | 'line-break'
  | 'quoted'
  | 'token'
  | 'pem'
  | 'jwk'
  | 'repeated'
  | 'placeholder';

/** One reason why a text is not fit to be a secret. */
export interface SecretProblem {
  readonly rule: SecretRule;
  /** What is wrong and what to do, never the secret. */
  readonly message: string;
}

const MIN_SECRET_BYTES = 32;

// Secrets that documentation and defaults have published: anyone can sign with them.
const PLACEHOLDERS = new RegExp(
  `^(?:${[
    'do-not-use-this-secret-in-production',
    'a-string-secret-at-least-256-bits-long',
    '(?:your-)?super-secret-jwt-token-with-at-least-32-characters-long',
    '(?:really){4}verysafe',
    'cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2',
    'it-(?:is-very|so)-secret',
    '(?:(?:your|my|super)[-_ ]?)*(?:256-bit-)?secret(?:[-_ ]?key)?(?:[-_ ]here)?',
    'keyboard cat',
    'shhhhh',
    'password',
    'change[-_ ]?me',
  ].join('|')})$`,
  'i',
);

// A template that nobody filled in: <secret>, ${SECRET}, $(cat secret), {{ .Values.secret }}, %SECRET%.
const UNFILLED = /^(?:<.*>|\$\{.*\}|\$\(.*\)|\{\{.*\}\}|%\w+%)$/s;

const GENERATE = 'make one with `zepcli secret`';

const RULES: readonly (readonly [SecretRule, (secret: string) => boolean, string])[] = [
  [
    'too-short',
    (secret) => new TextEncoder().encode(secret).length < MIN_SECRET_BYTES,
    `is shorter than ${MIN_SECRET_BYTES} bytes; ${GENERATE}`,
  ],
  ['ill-formed', (secret) => !secret.isWellFormed(), `is not well-formed Unicode; ${GENERATE}`],
  [
    'edge',
    (secret) => /^[\s\p{Cc}]|[\s\p{Cc}]$/u.test(secret),
    'begins or ends with white space or a control character, which would be part of the key; remove it',
  ],
  [
    'line-break',
    (secret) => /[\r\n]/.test(secret.trim()),
    'has a line break inside; put it on one line',
  ],
  [
    'quoted',
    (secret) => /^(["'`]).*\1$/s.test(secret),
    'is wrapped in quotes, which would be part of the key; remove them',
  ],
  [
    'token',
    (secret) => /^(?:bearer +)?ey[\w-]+\.[\w-]*\.[\w-]*=*$/i.test(secret.trim()),
    'is a token (a JWT), not the secret; the token belongs to the client, the secret to the server',
  ],
  ['pem', (secret) => secret.includes('-----BEGIN '), `is a PEM key or certificate; ${GENERATE}`],
  [
    'jwk',
    (secret) => /^\s*\{/.test(secret) && /"(?:kty|keys)"\s*:/.test(secret),
    `is a JSON Web Key, not its secret; ${GENERATE}`,
  ],
  ['repeated', (secret) => /^(.)\1*$/su.test(secret), `is one character repeated; ${GENERATE}`],
  [
    'placeholder',
    (secret) => PLACEHOLDERS.test(secret.trim()) || UNFILLED.test(secret.trim()),
    `is a published placeholder or an unfilled template, which anyone can guess; ${GENERATE}`,
  ],
];

/**
 * Says all that makes `secret` unfit; an empty list means that it is fit.
 *
 * @throws {TypeError} when `secret` is not a string
 * @see RFC 7518 section 3.2
 */
export const judgeSecret = (secret: string): readonly SecretProblem[] => {
  if (typeof secret !== 'string') throw new TypeError('a secret must be a string');
  return RULES.filter(([, isBroken]) => isBroken(secret)).map(([rule, , message]) => ({
    rule,
    message,
  }));
};
