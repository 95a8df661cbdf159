// Finds the common misreading of a secret that a token was signed with. A match explains the refusal; the token stays refused.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a token was signed with instead of the secret, and what to do about it. */
export interface Misreading {
  /** Continues the sentence "it is signed with". */
  readonly what: string;
  readonly advice: string;
}

type Read = (secret: string) => string | Buffer | undefined;

const AS_TEXT = 'tell the tool that signs that the secret is text, and not encoded';
const LINE_ENDING =
  "the signer took a line ending for a part of the secret: use `printf '%s'` for `echo`, or sign with `zepcli token`";
const QUOTES =
  'the signer kept the quotes of an env file, as Docker does: write the value without quotes';
const COPY = 'copy the secret whole, to both sides';
const DOLLAR = 'a shell, Compose or dotenv has changed the $ in it: use a secret without $';
const PASTE = 'paste the secret alone, without the name in front of it';
const WINDOWS =
  'the signer’s file was saved with an encoding of Windows: save it as UTF-8 without a byte order mark';

const ANYONE = 'anyone can sign such tokens; make this one anew, with `zepcli token`';

const PREFIX = /^(?:export )?(?:ZEP_AUTH_SECRET=|Secret: )/;

/** `undefined` if a text is not percent-encoded. */
const decodePercent: Read = (secret) => {
  try {
    return decodeURIComponent(secret);
  } catch {
    return undefined;
  }
};

const isBase64 = (secret: string): boolean => /^[\w+/-]+={0,2}$/.test(secret);

const MISREADINGS: readonly (readonly [string, Read, string])[] = [
  [
    'the secret without the white space around it',
    (secret) => secret.trim(),
    'remove the white space from the secret here',
  ],
  ['the secret and a newline', (secret) => `${secret}\n`, LINE_ENDING],
  ['the secret and a Windows line ending', (secret) => `${secret}\r\n`, LINE_ENDING],
  ['the secret and a carriage return', (secret) => `${secret}\r`, LINE_ENDING],
  [
    'the base64-decoded secret',
    (secret) => (isBase64(secret) ? Buffer.from(secret, 'base64') : undefined),
    AS_TEXT,
  ],
  [
    'the hex-decoded secret',
    (secret) => (/^(?:[\da-f]{2})+$/i.test(secret) ? Buffer.from(secret, 'hex') : undefined),
    AS_TEXT,
  ],
  ['the secret without its padding (=)', (secret) => secret.replace(/=+$/, ''), COPY],
  [
    'the secret with its padding (=), which is missing here',
    (secret) => secret.padEnd(Math.ceil(secret.length / 4) * 4, '='),
    COPY,
  ],
  ['the secret in double quotes', (secret) => `"${secret}"`, QUOTES],
  ['the secret in single quotes', (secret) => `'${secret}'`, QUOTES],
  [
    'the secret without its quotes',
    (secret) => /^\s*(["'`])(.*)\1\s*$/s.exec(secret)?.[2],
    'the quotes have become a part of the secret here: write the value without them',
  ],
  ['the URL-decoded secret', decodePercent, AS_TEXT],
  ['the URL-encoded secret', (secret) => encodeURIComponent(secret.toWellFormed()), AS_TEXT],
  ['the secret with $ for each $$', (secret) => secret.replaceAll('$$', '$'), DOLLAR],
  ['the secret with $$ for each $', (secret) => secret.replaceAll('$', '$$$$'), DOLLAR],
  [
    'the secret with a name behind $ replaced by nothing',
    (secret) => secret.replace(/\$(?:\w+|\{\w+\})/g, ''),
    DOLLAR,
  ],
  [
    'the secret up to its #',
    (secret) => /^(.+?)\s*#/s.exec(secret)?.[1],
    'an env file takes what is behind # for a comment: use a secret without #',
  ],
  [
    'the first line of the secret',
    (secret) => /^(.+?)\r?\n/s.exec(secret)?.[1],
    'put the secret on one line',
  ],
  [
    'the secret with line breaks for \\n',
    (secret) => secret.replaceAll('\\n', '\n'),
    'use a secret without backslashes',
  ],
  [
    'the secret in base64',
    (secret) => Buffer.from(secret).toString('base64'),
    'the signer has the secret as Kubernetes stores it, in base64: decode it once',
  ],
  [
    'the secret and a newline, in base64',
    (secret) => Buffer.from(`${secret}\n`).toString('base64'),
    'the signer has the secret as Kubernetes stores it, and with a line ending: decode it, and take that off',
  ],
  [
    'the secret with - and _ for + and /',
    (secret) => secret.replaceAll('+', '-').replaceAll('/', '_'),
    COPY,
  ],
  [
    'the secret with + and / for - and _',
    (secret) => secret.replaceAll('-', '+').replaceAll('_', '/'),
    COPY,
  ],
  ['the secret behind a byte order mark', (secret) => `\ufeff${secret}`, WINDOWS],
  ['the secret in UTF-16', (secret) => Buffer.from(secret, 'utf16le'), WINDOWS],
  ['the secret with ZEP_AUTH_SECRET= before it', (secret) => `ZEP_AUTH_SECRET=${secret}`, PASTE],
  ['the secret with Secret: before it', (secret) => `Secret: ${secret}`, PASTE],
  ['the secret without the name before it', (secret) => secret.replace(PREFIX, ''), PASTE],
  // Secrets of examples and defaults.
  ['an empty secret', () => '', ANYONE],
  ['the example secret of jwt.io', () => 'your-256-bit-secret', ANYONE],
  ['the example secret of jwt.io', () => 'a-string-secret-at-least-256-bits-long', ANYONE],
  ['the default secret of Zep', () => 'do-not-use-this-secret-in-production', ANYONE],
  ['the example secret of Hono', () => 'it-is-very-secret', ANYONE],
  ['the word "secret"', () => 'secret', ANYONE],
];

/** Whether the HMAC of a token was made with these bytes. */
export const isSignedWith = (token: string, key: string | Buffer): boolean => {
  const end = token.lastIndexOf('.');
  const mac = createHmac('sha256', key).update(token.slice(0, end)).digest();
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  return signature.length === mac.length && timingSafeEqual(mac, signature);
};

/** Finds the misreading of a secret that a token is signed with. */
export const findMisreading = (token: string, secret: string): Misreading | undefined => {
  for (const [what, read, advice] of MISREADINGS) {
    const key = read(secret);
    if (key === undefined || key === secret) continue;
    if (isSignedWith(token, key)) return { what, advice };
  }
  return undefined;
};
