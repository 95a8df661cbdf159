// The misreadings of a secret that people and tools make: which one has signed a token? A match explains a refusal.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a token was signed with instead of the secret, and what to do about it. */
export interface Misreading {
  /** Follows "it is signed with". */
  readonly what: string;
  readonly advice: string;
}

type Read = (secret: string) => string | Buffer | undefined;

const AS_TEXT =
  'tell the tool that signs that the secret is text; or, if it is not, set ZEP_AUTH_SECRET_ENCODING';
const LINE_ENDING = "use `printf '%s'` instead of `echo`, or sign with `zepcli token`";
const QUOTES = "write the value without quotes: Docker's --env-file keeps them";
const COPY = 'copy the secret whole, to both sides';
const DOLLAR = 'a shell, Compose or dotenv has changed the $ in it: use a secret without $';
const PASTE = 'paste the secret alone, without the name in front of it';
const WINDOWS = "save the signer's file as UTF-8 without a byte order mark";
const BASE64 = 'the signer has the secret as Kubernetes stores it: decode it once';
const ANYONE = 'anyone can sign such tokens; make this one again, with `zepcli token`';

const PREFIX = /^(?:export )?(?:ZEP_AUTH_SECRET=|Secret: )/;

/** `undefined` where a text is not percent-encoded. */
const decodePercent: Read = (secret) => {
  try {
    return decodeURIComponent(secret);
  } catch {
    return undefined;
  }
};

const toBase64 = (text: string): string => Buffer.from(text).toString('base64');
const fromBase64: Read = (secret) =>
  /^[\w+/-]+={0,2}$/.test(secret) ? Buffer.from(secret, 'base64') : undefined;
const fromHex: Read = (secret) =>
  /^(?:[\da-f]{2})+$/i.test(secret) ? Buffer.from(secret, 'hex') : undefined;

const MISREADINGS: readonly (readonly [string, Read, string])[] = [
  ['the secret without the white space around it', (s) => s.trim(), 'remove the white space here'],
  ['the secret and a newline', (s) => `${s}\n`, LINE_ENDING],
  ['the secret and a Windows line ending', (s) => `${s}\r\n`, LINE_ENDING],
  ['the secret and a carriage return', (s) => `${s}\r`, LINE_ENDING],
  ['the base64-decoded secret', fromBase64, AS_TEXT],
  [
    'the base64-decoded secret, without its - and _',
    (s) => fromBase64(s.replace(/[-_]/g, '')),
    AS_TEXT,
  ],
  ['the twice base64-decoded secret', (s) => fromBase64(fromBase64(s)?.toString() ?? ''), AS_TEXT],
  ['the hex-decoded secret', fromHex, AS_TEXT],
  ['the secret in hex', (s) => Buffer.from(s).toString('hex'), AS_TEXT],
  ['the secret without its padding (=)', (s) => s.replace(/=+$/, ''), COPY],
  [
    'the secret with its padding (=), which is missing here',
    (s) => s.padEnd(Math.ceil(s.length / 4) * 4, '='),
    COPY,
  ],
  ['the secret in double quotes', (s) => `"${s}"`, QUOTES],
  ['the secret in single quotes', (s) => `'${s}'`, QUOTES],
  [
    'the secret without its quotes',
    (s) => /^\s*(["'`])(.*)\1\s*$/s.exec(s)?.[2],
    'the quotes are part of the secret here: write the value without them',
  ],
  ['the URL-decoded secret', decodePercent, AS_TEXT],
  ['the URL-encoded secret', (s) => encodeURIComponent(s.toWellFormed()), AS_TEXT],
  ['the secret with $ for each $$', (s) => s.replaceAll('$$', '$'), DOLLAR],
  ['the secret with $$ for each $', (s) => s.replaceAll('$', '$$$$'), DOLLAR],
  ['the secret with $NAME replaced by nothing', (s) => s.replace(/\$(?:\w+|\{\w+\})/g, ''), DOLLAR],
  [
    'the secret up to its #',
    (s) => /^(.+?)\s*#/s.exec(s)?.[1],
    'a .env file takes what follows # for a comment: use a secret without #',
  ],
  [
    'the first line of the secret',
    (s) => /^(.+?)\r?\n/s.exec(s)?.[1],
    'put the secret on one line',
  ],
  [
    'the secret with line breaks for \\n',
    (s) => s.replaceAll('\\n', '\n'),
    'use a secret without backslashes',
  ],
  ['the secret in base64', toBase64, BASE64],
  ['the secret and a newline, in base64', (s) => toBase64(`${s}\n`), BASE64],
  ['the secret with - and _ for + and /', (s) => s.replaceAll('+', '-').replaceAll('/', '_'), COPY],
  ['the secret with + and / for - and _', (s) => s.replaceAll('-', '+').replaceAll('_', '/'), COPY],
  ['the secret after a byte order mark', (s) => `\ufeff${s}`, WINDOWS],
  ['the secret in UTF-16', (s) => Buffer.from(s, 'utf16le'), WINDOWS],
  ['ZEP_AUTH_SECRET= and the secret', (s) => `ZEP_AUTH_SECRET=${s}`, PASTE],
  ['"Secret: " and the secret', (s) => `Secret: ${s}`, PASTE],
  ['the secret without the name before it', (s) => s.replace(PREFIX, ''), PASTE],
  // What is in the field of an example, or a default.
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
