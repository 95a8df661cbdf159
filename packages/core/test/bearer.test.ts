// The Authorization header, read and written.
import { describe, expect, it } from 'vitest';
import { assertToken, formatBearer, parseBearer } from '../src/bearer.ts';
import { outcomeOf, refusalOf, SECRET, tokenOf } from './raw-token.ts';

const TOKEN = tokenOf({});

describe('parseBearer', () => {
  it.each([
    `Bearer ${TOKEN}`,
    `bearer ${TOKEN}`,
    `BEARER ${TOKEN}`,
    `bEaReR ${TOKEN}`,
    `Bearer   ${TOKEN}`,
  ])('takes the token out of %j', (authorization) => {
    expect(parseBearer(authorization)).toBe(TOKEN);
  });

  it.each([
    ['no header', null],
    ['no header', undefined],
    ['an empty header', ''],
    ['a scheme with nothing behind it', 'Bearer'],
    ['a scheme with spaces behind it', 'Bearer   '],
    ['a bare token', TOKEN],
    ['Basic', 'Basic dXNlcjpwYXNz'],
    ['Api-Key', `Api-Key ${TOKEN}`],
    ['Token', `Token ${TOKEN}`],
    ['a longer scheme', `Bearers ${TOKEN}`],
    ['a scheme that ends in bearer', `X-Bearer ${TOKEN}`],
    ['another scheme before it', `Basic Bearer ${TOKEN}`],
    ['another scheme before the beginning of a token', 'Basic Bearer ey'],
    ['a colon behind the scheme', `Bearer:${TOKEN}`],
    ['a colon and a space', `Bearer: ${TOKEN}`],
    ['nothing between scheme and token', `Bearer${TOKEN}`],
    ['a tab between scheme and token', `Bearer\t${TOKEN}`],
    ['a space before the scheme', ` Bearer ${TOKEN}`],
    ['a line before the scheme', `x\nBearer ${TOKEN}`],
  ])('finds no bearer credentials in %s', (_, authorization) => {
    expect(parseBearer(authorization)).toBeUndefined();
  });

  it.each([
    `Bearer ${TOKEN}, Bearer ${TOKEN}`,
    `Bearer ${TOKEN},Basic dXNlcjpwYXNz`,
    `Basic dXNlcjpwYXNz, Bearer ${TOKEN}`,
    `Bearer ${TOKEN},`,
    `,Bearer ${TOKEN}`,
    ',',
  ])('refuses two joined headers', async (authorization) => {
    expect(await outcomeOf(() => parseBearer(authorization))).toBe('ERR_CREDENTIALS_AMBIGUOUS');
  });

  it('does not clean what follows the scheme: the verifier refuses it', () => {
    expect(parseBearer(`Bearer ${TOKEN} x`)).toBe(`${TOKEN} x`);
    expect(parseBearer(`Bearer "${TOKEN}"`)).toBe(`"${TOKEN}"`);
    expect(parseBearer(`Bearer ${TOKEN}\n`)).toBe(`${TOKEN}\n`);
  });
});

describe('formatBearer', () => {
  it('puts the scheme before the token', () => {
    expect(formatBearer(TOKEN)).toBe(`Bearer ${TOKEN}`);
  });

  it('makes what parseBearer reads', () => {
    expect(parseBearer(formatBearer(TOKEN))).toBe(TOKEN);
  });

  it('refuses what assertToken refuses, in the same words', async () => {
    const refused = await refusalOf(() => assertToken(SECRET));
    expect(await refusalOf(() => formatBearer(SECRET))).toEqual(refused);
    expect(() => formatBearer(42 as never)).toThrow(new TypeError('the token must be a string')); // as a caller without types
  });
});

describe('assertToken', () => {
  it('accepts a token in one piece, without verifying it', () => {
    expect(() => assertToken(TOKEN)).not.toThrow();
    expect(() => assertToken(TOKEN.slice(0, -1))).not.toThrow();
  });

  it.each([
    '{\n  "alg": "HS256"\n}',
    ' {"alg":"HS256"}',
    '\t{"alg":"HS256"}',
    '\r\n{"alg":"HS256"}',
  ])('accepts every header that a verifier accepts: %j', (header) => {
    const token = `${Buffer.from(header).toString('base64url')}${TOKEN.slice(TOKEN.indexOf('.'))}`;
    expect(() => assertToken(token)).not.toThrow();
  });

  it.each([
    ['it is empty', ''],
    ['it holds a line break; remove it', `${TOKEN}\n`],
    ['it holds a line break; remove it', `${TOKEN}\r\nX-Admin: 1`],
    ['it begins with the word Bearer; give the token alone', `Bearer ${TOKEN}`],
    ['it begins with the word Bearer; give the token alone', `bearer ${TOKEN}`],
    ['it is wrapped in quotes; remove them', `"${TOKEN}"`],
    ['it is wrapped in quotes; remove them', `'${TOKEN}'`],
    ['it holds white space; remove it', ` ${TOKEN}`],
    ['it holds white space; remove it', `x Bearer ${TOKEN}`],
    ['it holds white space; remove it', `${TOKEN}\u00A0`],
    ['it is not a JWT', SECRET],
    ['it is not a JWT', `x"${TOKEN}"`],
    ['it is not a JWT', `"${TOKEN}"x`],
    ['it is not a JWT', `x${TOKEN}`],
    ['it is not a JWT;', `${TOKEN}.x`],
    ['it is not a JWT but a part', TOKEN.slice(0, TOKEN.lastIndexOf('.') + 1)],
    ['it is not a JWT but a part', TOKEN.slice(0, TOKEN.lastIndexOf('.'))],
    ['it is not a JWT but a part', TOKEN.slice(0, TOKEN.indexOf('.'))],
    ['it is not a JWT', `${TOKEN}=`],
    ['it is not a JWT', `${TOKEN},${TOKEN}`],
  ])('says %j', async (mistake, token) => {
    const { code, message } = await refusalOf(() => assertToken(token));
    expect(code).toBe('ERR_TOKEN_MALFORMED');
    expect(message).toContain(`the token cannot be used: ${mistake}`);
  });

  it.each([
    [4, `${TOKEN.slice(0, 3)}*${TOKEN.slice(3)}`],
    [TOKEN.length + 1, `${TOKEN}\n`],
    [TOKEN.length + 1, `${TOKEN}\u200b`],
    [TOKEN.indexOf('.') + 1, TOKEN.replace('.', ' .')],
    [3, 'ey\u00f6'],
  ])('names the place of the first character that no token has: %d', async (place, token) => {
    const { message } = await refusalOf(() => assertToken(token));
    expect(message).toMatch(new RegExp(`; its first wrong character is number ${place}$`));
  });

  it.each(['', `Bearer ${TOKEN}`, `"${TOKEN}"`, ` ${TOKEN}`, SECRET, `${TOKEN}.x`, 'ey'])(
    'names no place in what does not begin as a token, or has no such character: %j',
    async (token) => {
      const { message } = await refusalOf(() => assertToken(token));
      expect(message).not.toContain('character');
    },
  );

  it.each([undefined, null, 42, {}, [TOKEN]])('refuses %o, which is not a string', (token) => {
    expect(() => assertToken(token)).toThrow(new TypeError('the token must be a string'));
  });
});
