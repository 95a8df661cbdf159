// The misreadings of a secret: each is recognised by a token that was signed with it, and none by any other.
import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findMisreading, isSignedWith } from '../../src/doctor/misread-secrets.ts';
import { SECRET } from '../made-tokens.ts';

/** A token signed with any bytes. */
const signedWith = (key: string | Buffer): string => {
  const input = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30';
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
};

const UNPADDED = SECRET.replaceAll('=', '');
const STANDARD = `${randomBytes(63).toString('base64')}+/`;
const SKIPPED = 'ab-cd_efgh123';
const base64 = (text: string): Buffer => Buffer.from(text, 'base64');
const toBase64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const HEX = randomBytes(32).toString('hex');

/** A secret whose key is its text. */
const asText = (text: string) => ({ text, key: Buffer.from(text) });

describe('the secret of the server is right, and the signer has', () => {
  it.each<readonly [string, string, string | Buffer]>([
    ['the secret and a newline', SECRET, `${SECRET}\n`],
    ['the secret and a Windows line ending', SECRET, `${SECRET}\r\n`],
    ['the secret and a carriage return', SECRET, `${SECRET}\r`],
    ['the secret decoded from base64url', SECRET, Buffer.from(SECRET, 'base64url')],
    ['the secret decoded from base64', STANDARD, Buffer.from(STANDARD, 'base64')],
    ['the secret decoded from base64, its - and _ skipped', SKIPPED, base64('abcdefgh123')],
    ['the secret decoded from base64 as Java does', SKIPPED, base64('abcdefgh')],
    [
      'the secret decoded from base64, decoded from base64',
      Buffer.from(STANDARD).toString('base64'),
      Buffer.from(STANDARD, 'base64'),
    ],
    ['the secret in hex', SECRET, Buffer.from(SECRET).toString('hex')],
    ['the secret and a space', SECRET, `${SECRET} `],
    ['the secret and a tab', SECRET, `${SECRET}\t`],
    ['the secret in base64url', '~~~???>>>', Buffer.from('~~~???>>>').toString('base64url')],
    ['the secret in upper case', HEX, HEX.toUpperCase()],
    ['the secret in lower case', HEX.toUpperCase(), HEX],
    ['the secret in big-endian UTF-16', SECRET, Buffer.from(SECRET, 'utf16le').swap16()],
    ['the secret in UTF-16 with a mark', SECRET, Buffer.from(`\ufeff${SECRET}`, 'utf16le')],
    [
      'the secret in big-endian UTF-16 with a mark',
      SECRET,
      Buffer.from(`\ufeff${SECRET}`, 'utf16le').swap16(),
    ],
    ['the secret in hex, in upper case', SECRET, Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['the secret in double quotes, and a newline', SECRET, `"${SECRET}"\n`],
    ['the secret in hex, in base64', SECRET, toBase64(Buffer.from(SECRET).toString('hex'))],
    ['the secret decoded from hex', HEX, Buffer.from(HEX, 'hex')],
    ['the secret without its padding (=)', SECRET, UNPADDED],
    ['the secret in double quotes', SECRET, `"${SECRET}"`],
    ['the secret in single quotes', SECRET, `'${SECRET}'`],
    ['the secret URL-decoded', 'a%2Bb%3Dc and enough of it', 'a+b=c and enough of it'],
    ['the secret URL-encoded', SECRET, SECRET.replaceAll('=', '%3D')],
    ['the secret with $ for each $$', 'pa$$word', 'pa$word'],
    ['the secret with $$ for each $', 'pa$word', 'pa$$word'],
    ['the secret with $NAME replaced by nothing', 'pa$word-1', 'pa-1'],
    ['the secret with $NAME replaced by nothing', 'pa$'.concat('{word}-1'), 'pa-1'],
    ['the secret up to its #', 'pass #word', 'pass'],
    ['the secret up to its line break', 'first\nsecond', 'first'],
    ['the secret with line breaks for \\n', 'a\\nb', 'a\nb'],
    ['the secret in base64, in base64', SECRET, Buffer.from(toBase64(SECRET)).toString('base64')],
    ['the secret in base64', SECRET, Buffer.from(SECRET).toString('base64')],
    ['the secret and a newline, in base64', SECRET, Buffer.from(`${SECRET}\n`).toString('base64')],
    ['the secret with - and _ for + and /', 'a+b/c', 'a-b_c'],
    ['the secret with + and / for - and _', 'a-b_c', 'a+b/c'],
    ['the secret after a byte order mark', SECRET, `\ufeff${SECRET}`],
    ['the secret in UTF-16', SECRET, Buffer.from(SECRET, 'utf16le')],
    ['the secret behind ZEP_AUTH_SECRET=', SECRET, `ZEP_AUTH_SECRET=${SECRET}`],
    ['the secret behind "Secret: "', SECRET, `Secret: ${SECRET}`],
    ['an empty secret', SECRET, ''],
    ['the example secret of jwt.io', SECRET, 'your-256-bit-secret'],
    ['the example secret of jwt.io', SECRET, 'a-string-secret-at-least-256-bits-long'],
    ['the default secret of Zep', SECRET, 'do-not-use-this-secret-in-production'],
    ['the example secret of Hono', SECRET, 'it-is-very-secret'],
    ['the word "secret"', SECRET, 'secret'],
  ])('%s', (what, secret, key) => {
    expect(findMisreading(signedWith(key), asText(secret))).toEqual({
      what,
      advice: expect.any(String),
    });
  });
});

describe('the signer has the secret, and the server has it with', () => {
  it.each([
    ['white space', ` ${SECRET}\n`, 'the secret without the white space around it'],
    ['quotes', `"${SECRET}"`, 'the secret without its quotes'],
    ['quotes and a newline', `'${SECRET}'\n`, 'the secret without its quotes'],
    ['no padding', UNPADDED, 'the secret with padding (=), missing here'],
    ['its name', `ZEP_AUTH_SECRET=${SECRET}`, 'the secret without the name before it'],
    ['export', `export ZEP_AUTH_SECRET=${SECRET}`, 'the secret without the name before it'],
  ])('%s', (_name, here, what) => {
    expect(findMisreading(signedWith(SECRET), asText(here))).toMatchObject({ what });
  });
});

describe('ZEP_AUTH_SECRET_ENCODING says that the secret stands for bytes, and the signer has', () => {
  it.each<readonly [string, string, BufferEncoding, string | Buffer]>([
    ['the secret as text, not decoded', HEX, 'hex', HEX],
    ['the secret as text, not decoded', STANDARD, 'base64', STANDARD],
    ['the secret decoded from base64', HEX, 'hex', base64(HEX)],
    ['the secret decoded from hex', HEX, 'base64', Buffer.from(HEX, 'hex')],
    [
      'the secret decoded from base64, its - and _ skipped',
      SKIPPED,
      'base64url',
      base64('abcdefgh123'),
    ],
    ['the secret and a newline', HEX, 'hex', `${HEX}\n`],
    ['the secret as bytes in base64', HEX, 'hex', toBase64(Buffer.from(HEX, 'hex'))],
    ['the secret as bytes in hex', STANDARD, 'base64', base64(STANDARD).toString('hex')],
    [
      'the secret as bytes in hex, in upper case',
      STANDARD,
      'base64',
      base64(STANDARD).toString('hex').toUpperCase(),
    ],
    [
      'the secret as bytes in base64, and a newline',
      HEX,
      'hex',
      `${toBase64(Buffer.from(HEX, 'hex'))}\n`,
    ],
  ])('%s, %s %s', (what, text, encoding, signer) => {
    const secret = { text, key: Buffer.from(text, encoding) };
    expect(findMisreading(signedWith(signer), secret)).toMatchObject({ what });
    expect(findMisreading(signedWith(secret.key), secret)).toBeUndefined();
  });

  it('the advice names the encoding that would fit', () => {
    for (const [text, encoding] of [
      [HEX, 'hex'],
      [STANDARD.replaceAll('+', 'a'), 'base64'],
      [SECRET, 'base64url'],
    ] as const) {
      const found = findMisreading(signedWith(Buffer.from(text, encoding)), asText(text));
      expect(found?.advice).toContain(`ZEP_AUTH_SECRET_ENCODING=${encoding} here`);
    }
  });
});

it('no reading fits a token of another secret, nor the secret as it is', () => {
  for (const secret of [SECRET, STANDARD, HEX, UNPADDED, 'pa$$word', '%zz', '\ud800', '']) {
    expect(findMisreading(signedWith(randomBytes(64)), asText(secret))).toBeUndefined();
    if (secret !== '') expect(findMisreading(signedWith(secret), asText(secret))).toBeUndefined();
  }
});

it('a signature of another length, or one that is none, fits nothing', () => {
  for (const token of [
    `${signedWith(SECRET)}AA`,
    signedWith(SECRET).slice(0, -4),
    'a.b.',
    'a',
    '',
  ]) {
    expect(isSignedWith(token, SECRET)).toBe(false);
    expect(findMisreading(token, asText(SECRET))).toBeUndefined();
  }
});

it('what is said of a reading holds nothing of the secret', () => {
  const found = findMisreading(signedWith(`${SECRET}\n`), asText(SECRET));
  for (let i = 0; i + 6 <= SECRET.length; i++) {
    expect(JSON.stringify(found)).not.toContain(SECRET.slice(i, i + 6));
  }
});
