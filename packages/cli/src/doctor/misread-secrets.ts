// The misreadings of a secret that people and tools make: which one has signed a token? A match explains a refusal.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from './environment.ts';

/** What a token was signed with instead of the secret, and what to do about it. */
export interface Misreading {
  /** Follows "it is signed with". */
  readonly what: string;
  readonly advice: string;
}

type Read = (secret: string) => string | Buffer | undefined;

const AS_TEXT = 'tell the tool that signs that the secret is text, to be taken as it is';
const asBytes = (encoding: string): string =>
  `${AS_TEXT}; or, if it stands for bytes, set ZEP_AUTH_SECRET_ENCODING=${encoding} here`;
const DECODE = 'let the signer decode it, or unset ZEP_AUTH_SECRET_ENCODING here';
const LINE_ENDING = "use `printf '%s'` instead of `echo`, or sign with `zepcli token`";
const QUOTES = "write the value without quotes: Docker's --env-file keeps them";
const COPY = 'copy the secret whole, to both sides';
const DOLLAR = 'a shell, Compose or dotenv has changed the $ in it: use a secret without $';
const HASH = 'a .env file takes what follows # for a comment: use a secret without #';
const PASTE = 'paste the secret alone, without the name in front of it';
const WINDOWS = "save the signer's file as UTF-8 without a byte order mark";
const BASE64 = 'the signer has the secret as Kubernetes stores it: decode it once';
const ANYONE = 'anyone can sign such tokens; make this one again, with `zepcli token`';

const QUOTED = /^\s*(["'`])(.*)\1\s*$/s;
const NAMED = /^(?:export )?(?:ZEP_AUTH_SECRET=|Secret: )/;

/** `undefined` where a text is not percent-encoded. */
const decodePercent: Read = (secret) => {
  try {
    return decodeURIComponent(secret);
  } catch {
    return undefined;
  }
};

const toBase64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const toHex = (text: string | Buffer): string => Buffer.from(text).toString('hex');
const toUtf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const fromBase64: Read = (secret) =>
  /^[\w+/-]+={0,2}$/.test(secret) ? Buffer.from(secret, 'base64') : undefined;
const fromBase64url: Read = (secret) => (/[-_]/.test(secret) ? fromBase64(secret) : undefined);
/** As decoders do that know neither. */
const skip = (secret: string): string => secret.replace(/[-_]/g, '');
const wholeGroups = (text: string): string => text.slice(0, text.length & ~3);
const fromHex: Read = (secret) =>
  /^(?:[\da-f]{2})+$/i.test(secret) ? Buffer.from(secret, 'hex') : undefined;

/** What follows "the secret". */
const MISREADINGS: readonly (readonly [string, Read, string])[] = [
  ['as text, not decoded', (s) => s, DECODE],
  ['without the white space around it', (s) => s.trim(), 'remove the white space here'],
  ['and a newline', (s) => `${s}\n`, LINE_ENDING],
  ['and a Windows line ending', (s) => `${s}\r\n`, LINE_ENDING],
  ['and a carriage return', (s) => `${s}\r`, LINE_ENDING],
  ['and a space', (s) => `${s} `, COPY],
  ['and a tab', (s) => `${s}\t`, COPY],
  ['decoded from base64url', fromBase64url, asBytes('base64url')],
  ['decoded from base64', fromBase64, asBytes('base64')],
  ['decoded from base64, its - and _ skipped', (s) => fromBase64(skip(s)), AS_TEXT],
  ['decoded from base64 as Java does', (s) => fromBase64(wholeGroups(skip(s))), AS_TEXT],
  ['decoded from hex', fromHex, asBytes('hex')],
  ['in hex', toHex, AS_TEXT],
  ['in upper case', (s) => s.toUpperCase(), COPY],
  ['in lower case', (s) => s.toLowerCase(), COPY],
  ['without its padding (=)', (s) => s.replace(/=+$/, ''), COPY],
  ['with padding (=), missing here', (s) => s.padEnd(Math.ceil(s.length / 4) * 4, '='), COPY],
  ['in double quotes', (s) => `"${s}"`, QUOTES],
  ['in single quotes', (s) => `'${s}'`, QUOTES],
  ['without its quotes', (s) => QUOTED.exec(s)?.[2], 'write the value here without quotes'],
  ['URL-decoded', decodePercent, AS_TEXT],
  ['URL-encoded', (s) => encodeURIComponent(s.toWellFormed()), AS_TEXT],
  ['with $ for each $$', (s) => s.replaceAll('$$', '$'), DOLLAR],
  ['with $$ for each $', (s) => s.replaceAll('$', '$$$$'), DOLLAR],
  ['with $NAME replaced by nothing', (s) => s.replace(/\$(?:\w+|\{\w+\})/g, ''), DOLLAR],
  ['up to its #', (s) => /^(.+?)\s*#/s.exec(s)?.[1], HASH],
  ['up to its line break', (s) => /^(.+?)\r?\n/s.exec(s)?.[1], 'put the secret on one line'],
  ['with line breaks for \\n', (s) => s.replaceAll('\\n', '\n'), 'use one without backslashes'],
  ['in base64', toBase64, BASE64],
  ['in base64url', (s) => Buffer.from(s).toString('base64url'), AS_TEXT],
  ['with - and _ for + and /', (s) => s.replaceAll('+', '-').replaceAll('/', '_'), COPY],
  ['with + and / for - and _', (s) => s.replaceAll('-', '+').replaceAll('_', '/'), COPY],
  ['after a byte order mark', (s) => `\ufeff${s}`, WINDOWS],
  ['in UTF-16', toUtf16, WINDOWS],
  ['in big-endian UTF-16', (s) => toUtf16(s).swap16(), WINDOWS],
  ['in UTF-16 with a mark', (s) => toUtf16(`\ufeff${s}`), WINDOWS],
  ['in big-endian UTF-16 with a mark', (s) => toUtf16(`\ufeff${s}`).swap16(), WINDOWS],
  ['behind ZEP_AUTH_SECRET=', (s) => `ZEP_AUTH_SECRET=${s}`, PASTE],
  ['behind "Secret: "', (s) => `Secret: ${s}`, PASTE],
  ['without the name before it', (s) => s.replace(NAMED, ''), PASTE],
];

/** What is in the field of an example, or a default. */
const EXAMPLES: { readonly [secret: string]: string } = {
  '': 'an empty secret',
  'your-256-bit-secret': 'the example secret of jwt.io',
  'a-string-secret-at-least-256-bits-long': 'the example secret of jwt.io',
  'do-not-use-this-secret-in-production': 'the default secret of Zep',
  'it-is-very-secret': 'the example secret of Hono',
  secret: 'the word "secret"',
};

/** Whether the HMAC of a token was made with these bytes. */
export const isSignedWith = (token: string, key: string | Buffer): boolean => {
  const end = token.lastIndexOf('.');
  const mac = createHmac('sha256', key).update(token.slice(0, end)).digest();
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  return signature.length === mac.length && timingSafeEqual(mac, signature);
};

type Reading = readonly [what: string, key: string | Buffer, advice: string];

const misread = (text: string): readonly Reading[] =>
  MISREADINGS.flatMap(([what, read, advice]) => {
    const key = read(text);
    return key === undefined ? [] : [[what, key, advice] as const];
  });

/** More than any secret has: what is longer is not misread twice. */
const MAX_TWICE = 1024;

/** One misreading after the other: a newline that is then in base64, say. */
const misreadAgain = (readings: readonly Reading[]): readonly Reading[] =>
  readings
    .filter(([, key]) => key.length <= MAX_TWICE)
    .flatMap(([first, key, advice]) =>
      misread(key.toString()).map(([second, last, lastAdvice]): Reading => {
        const isSame = advice === lastAdvice;
        return [`${first}, ${second}`, last, isSame ? advice : `${advice}; ${lastAdvice}`];
      }),
    );

/** The texts that stand for the bytes of a key. */
const encode = (key: Buffer): readonly Reading[] => [
  ['as bytes in base64', toBase64(key), DECODE],
  ['as bytes in base64url', key.toString('base64url'), DECODE],
  ['as bytes in hex', toHex(key), DECODE],
];

/** Finds the misreading of a secret that a token is signed with, if it is not signed with its key. */
export const findMisreading = (token: string, { text, key }: Secret): Misreading | undefined => {
  if (isSignedWith(token, key)) return undefined;
  const once = misread(text);
  const encoded = encode(key);
  const found = [...once, ...encoded, ...misreadAgain(once), ...misreadAgain(encoded)].find(
    ([, misreading]) => isSignedWith(token, misreading),
  );
  if (found !== undefined) return { what: `the secret ${found[0]}`, advice: found[2] };
  const example = Object.entries(EXAMPLES).find(([secret]) => isSignedWith(token, secret));
  return example && { what: example[1], advice: ANYONE };
};
