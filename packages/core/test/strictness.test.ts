// Oddities that HS256 libraries disagree on, as data, and our answer to each.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createVerifierOn } from '../src/verify.ts';
import { ENGINES } from './engines.ts';
import { encode, HEADER, NOW, outcomeOf, rawToken, SECRET, seal, tokenOf } from './raw-token.ts';

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(NOW * 1000);
});
afterAll(() => vi.useRealTimers());

const payload = (text: string | Uint8Array): string => rawToken(HEADER, text);
const header = (text: string | Uint8Array): string => rawToken(text, '{}');
const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
const nestedObjects = (depth: number): string =>
  `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

// Signed over the segments as they are sent, so that nothing but the oddity can be the reason.
const H = encode(HEADER);
const padded = (segment: string): string => segment.padEnd(Math.ceil(segment.length / 4) * 4, '=');

const GOOD = tokenOf({});
const [, , SIGNATURE] = GOOD.split('.') as [string, string, string]; // three segments, made above
const unsigned = GOOD.slice(0, -SIGNATURE.length);

// A token whose signature has both characters that the two base64 alphabets differ in.
const dashed = ((): string => {
  for (let n = 0; ; n++) {
    const token = tokenOf({ n });
    const signature = token.slice(-43);
    if (signature.includes('-') && signature.includes('_')) return token;
  }
})();
const standard = (token: string): string => token.replaceAll('-', '+').replaceAll('_', '/');

// The last of 43 characters carries 4 bits: adding one to it changes an unused bit.
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const nextCharacter = (char: string): string => ALPHABET.charAt(ALPHABET.indexOf(char) + 1);

const ACCEPTED: readonly (readonly [string, string])[] = [
  ['a payload of {}', GOOD],
  ['typ at+jwt', header('{"alg":"HS256","typ":"at+jwt"}')],
  ['typ in another case', header('{"alg":"HS256","typ":"jwt"}')],
  ['typ with application/', header('{"alg":"HS256","typ":"application/at+JWT"}')],
  ['no typ', header('{"alg":"HS256"}')],
  ['white space around header and payload', rawToken(` ${HEADER}\n`, '\t{ }\r\n')],
  ['escaped names', rawToken('{"\\u0061lg":"HS256"}', '{"\\u0065xp":1900000000}')],
  ['__proto__ in the header', header('{"alg":"HS256","__proto__":{"crit":["x"]}}')],
  ['__proto__ in the claims', payload('{"__proto__":{"exp":0,"polluted":true}}')],
];

interface Row {
  readonly oddity: string;
  readonly token: string;
  readonly code: string;
  /** The same without the oddity, which must be accepted. */
  readonly sibling: string;
}
const row = (oddity: string, code: string, token: string, sibling: string = GOOD): Row => ({
  oddity,
  token,
  code,
  sibling,
});

const MALFORMED = 'ERR_TOKEN_MALFORMED';
const CLAIM = 'ERR_TOKEN_CLAIM';
const ALGORITHM = 'ERR_TOKEN_ALGORITHM';
const FUTURE = payload(`{"exp":${NOW + 1}}`);
const invalidUtf8 = (bytes: string): string => payload(latin1(`{"a":"${bytes}"}`));
const VALID_UTF8 = payload('{"a":"é"}');

const REFUSED: readonly Row[] = [
  row('exp past', 'ERR_TOKEN_EXPIRED', payload(`{"exp":${NOW}}`), FUTURE),
  row('exp a string, future', CLAIM, payload(`{"exp":"${NOW + 1}"}`), FUTURE),
  row('exp null', CLAIM, payload('{"exp":null}'), FUTURE),
  row('exp 0', 'ERR_TOKEN_EXPIRED', payload('{"exp":0}'), FUTURE),
  row('exp false', CLAIM, payload('{"exp":false}'), FUTURE),
  row('exp 1e50', CLAIM, payload('{"exp":1e50}'), FUTURE),
  row('exp 1e999', CLAIM, payload('{"exp":1e999}'), FUTURE),
  row(
    'iat far in the future',
    'ERR_TOKEN_NOT_YET_VALID',
    payload(`{"iat":${NOW + 61}}`),
    payload(`{"iat":${NOW + 60}}`),
  ),
  row(
    'crit ["x"]',
    MALFORMED,
    header('{"alg":"HS256","crit":["x"],"x":1}'),
    header('{"alg":"HS256","x":1}'),
  ),
  row('crit []', MALFORMED, header('{"alg":"HS256","crit":[]}')),
  row(
    'b64 false with crit',
    MALFORMED,
    seal(`${encode('{"alg":"HS256","b64":false,"crit":["b64"]}')}.e30`),
  ),
  row('b64 false without crit', MALFORMED, header('{"alg":"HS256","b64":false}')),
  row('b64 true', MALFORMED, header('{"alg":"HS256","b64":true}')),
  row('typ JWS', MALFORMED, header('{"alg":"HS256","typ":"JWS"}')),
  row('typ null', MALFORMED, header('{"alg":"HS256","typ":null}')),
  row(
    'kid a number',
    MALFORMED,
    header('{"alg":"HS256","kid":1}'),
    header('{"alg":"HS256","kid":"1"}'),
  ),
  row('alg repeated', MALFORMED, header('{"alg":"HS256","alg":"HS256"}')),
  row('alg repeated, none first', MALFORMED, header('{"alg":"none","alg":"HS256"}')),
  row('alg repeated, escaped', MALFORMED, header('{"alg":"HS256","\\u0061lg":"HS256"}')),
  row('alg repeated, escaped first', MALFORMED, header('{"\\u0061lg":"none","alg":"HS256"}')),
  row('exp repeated', MALFORMED, payload(`{"exp":0,"exp":${NOW + 1}}`), FUTURE),
  row('exp repeated, escaped', MALFORMED, payload(`{"exp":0,"e\\u0078p":${NOW + 1}}`), FUTURE),
  row(
    '__proto__ repeated',
    MALFORMED,
    payload('{"__proto__":1,"__proto__":1}'),
    payload('{"__proto__":1}'),
  ),
  row('payload []', MALFORMED, payload('[]')),
  row('payload "x"', MALFORMED, payload('"x"')),
  row('payload null', MALFORMED, payload('null')),
  row('payload 1', MALFORMED, payload('1')),
  row('payload empty', MALFORMED, seal(`${H}.`)),
  row('header []', MALFORMED, header('[]')),
  row('header null', MALFORMED, header('null')),
  row('nesting 65 deep', MALFORMED, payload(nested(65)), payload(nested(64))),
  row('nesting 65 objects deep', MALFORMED, payload(nestedObjects(65)), payload(nestedObjects(64))),
  row('nesting 2000 deep', MALFORMED, payload(nested(2000)), payload(nested(64))),
  row(
    'nesting 2000 objects deep',
    'ERR_TOKEN_TOO_LARGE',
    payload(nestedObjects(2000)),
    payload(nestedObjects(64)),
  ),
  row(
    'a claim of 64 KiB',
    'ERR_TOKEN_TOO_LARGE',
    payload(`{"a":"${'x'.repeat(65536)}"}`),
    payload('{"a":"x"}'),
  ),
  row(
    'one byte too many',
    'ERR_TOKEN_TOO_LARGE',
    payload(`{}${' '.repeat(6082)}`),
    payload(`{}${' '.repeat(6081)}`),
  ),
  row('signature padded', MALFORMED, `${GOOD}=`),
  row(
    'header padded',
    MALFORMED,
    seal(`${padded(encode('{"alg":"HS256" }'))}.e30`),
    seal(`${encode('{"alg":"HS256" }')}.e30`),
  ),
  row(
    'payload padded',
    MALFORMED,
    seal(`${H}.${padded(encode('{} '))}=`),
    seal(`${H}.${encode('{} ')}`),
  ),
  row(
    'last signature character not canonical',
    MALFORMED,
    GOOD.slice(0, -1) + nextCharacter(GOOD.slice(-1)),
  ),
  row(
    'last payload character not canonical',
    MALFORMED,
    seal(`${H}.${encode('{"a":1}').slice(0, -1)}R`),
    seal(`${H}.${encode('{"a":1}')}`),
  ),
  row(
    'last header character not canonical',
    MALFORMED,
    seal(`${encode('{"alg":"HS256" }').slice(0, -1)}R.e30`),
    seal(`${encode('{"alg":"HS256" }')}.e30`),
  ),
  row('standard base64', MALFORMED, standard(dashed), dashed),
  row('a newline behind it', MALFORMED, `${GOOD}\n`),
  row('a newline before it', MALFORMED, `\n${GOOD}`),
  row('a carriage return behind it', MALFORMED, `${GOOD}\r\n`),
  row('a space behind it', MALFORMED, `${GOOD} `),
  row('a space inside the signature', MALFORMED, `${GOOD.slice(0, -9)} ${GOOD.slice(-9)}`),
  row('a newline inside the payload', MALFORMED, seal(`${H}.e3\n0`)),
  row('a null byte behind it', MALFORMED, `${GOOD}\0`),
  row('a fourth segment', MALFORMED, `${GOOD}.e30`),
  row('a fourth segment that is empty', MALFORMED, `${GOOD}.`),
  row('no signature', MALFORMED, unsigned),
  row('no third segment', MALFORMED, unsigned.slice(0, -1)),
  row('the scheme before it', MALFORMED, `Bearer ${GOOD}`),
  row(
    'JSON serialisation',
    MALFORMED,
    JSON.stringify({ protected: H, payload: 'e30', signature: SIGNATURE }),
  ),
  row('a byte that is no UTF-8 in the payload', MALFORMED, invalidUtf8('\xff'), VALID_UTF8),
  row('an overlong form in the payload', MALFORMED, invalidUtf8('\xc0\xaf'), VALID_UTF8),
  row('a surrogate in the payload', MALFORMED, invalidUtf8('\xed\xa0\x80'), VALID_UTF8),
  row(
    'a byte that is no UTF-8 in the header',
    MALFORMED,
    header(latin1('{"alg":"HS256","a":"\xff"}')),
    header('{"alg":"HS256","a":"é"}'),
  ),
  row('a BOM before the payload', MALFORMED, payload('\uFEFF{}')),
  row('a BOM before the header', MALFORMED, header(`\uFEFF${HEADER}`)),
  row('a payload in UTF-16', MALFORMED, payload(Buffer.from('{}', 'utf16le'))),
  row('alg none', ALGORITHM, header('{"alg":"none"}')),
  row('alg none in another case', ALGORITHM, header('{"alg":"nOnE"}')),
  row('alg HS512', ALGORITHM, header('{"alg":"HS512"}')),
  row('alg RS256', ALGORITHM, header('{"alg":"RS256"}')),
  row('alg hs256', ALGORITHM, header('{"alg":"hs256"}')),
  row('alg a list', ALGORITHM, header('{"alg":["HS256"]}')),
  row('alg absent', ALGORITHM, header('{"typ":"JWT"}'), header('{"alg":"HS256","typ":"JWT"}')),
  row('alg in __proto__', ALGORITHM, header('{"__proto__":{"alg":"HS256"}}')),
  row('header empty object', ALGORITHM, header('{}')),
];

describe.each(ENGINES)('on the $name engine', (engine) => {
  const { verify } = createVerifierOn(engine, { secret: SECRET });
  const answerTo = (token: string): Promise<string> => outcomeOf(() => verify(token));

  describe('a token with', () => {
    it.each(ACCEPTED)('%s is accepted', async (_, token) => {
      expect(await answerTo(token)).toBe('accepted');
    });

    it.each(REFUSED)('$oddity is refused with $code, and accepted without', async (oddity) => {
      expect(oddity.token).not.toBe(oddity.sibling);
      expect(await answerTo(oddity.token)).toBe(oddity.code);
      expect(await answerTo(oddity.sibling)).toBe('accepted');
    });
  });

  it('keeps __proto__ as a claim and pollutes nothing', async () => {
    const { claims } = await verify(payload('{"__proto__":{"polluted":true}}'));
    expect(Object.hasOwn(claims, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
    expect('polluted' in claims).toBe(false);
    expect('polluted' in {}).toBe(false);
  });

  it('accepts one spelling of a token: all 63 other last characters are refused', async () => {
    const others = [...ALPHABET].filter((char) => !GOOD.endsWith(char));
    expect(others).toHaveLength(63);
    const answers = await Promise.all(others.map((char) => answerTo(GOOD.slice(0, -1) + char)));
    const count = (code: string): number => answers.filter((answer) => answer === code).length;
    // 16 last characters are canonical, one of them is the right one.
    expect([count('ERR_TOKEN_SIGNATURE'), count(MALFORMED)]).toEqual([15, 48]);
    expect(await answerTo(GOOD)).toBe('accepted');
  });

  it('refuses every other byte at every position', async () => {
    const token = tokenOf({ sub: 'alice' });
    expect(await answerTo(token)).toBe('accepted');
    const accepted: string[] = [];
    for (let position = 0; position < token.length; position++) {
      const [before, after] = [token.slice(0, position), token.slice(position + 1)];
      const mutants = Array.from(
        { length: 256 },
        (_, byte) => before + String.fromCharCode(byte) + after,
      );
      const answers = await Promise.all(
        mutants
          .filter((mutant) => mutant !== token)
          .map(async (mutant) => [mutant, await answerTo(mutant)] as const),
      );
      expect(answers).toHaveLength(255);
      accepted.push(
        ...answers.filter(([, answer]) => answer === 'accepted').map(([mutant]) => mutant),
      );
    }
    expect(accepted).toEqual([]);
  });

  it('refuses a byte that is added or taken away, at every position', async () => {
    const token = tokenOf({ sub: 'alice' });
    for (let position = 0; position < token.length; position++) {
      const [before, after] = [token.slice(0, position), token.slice(position)];
      for (const mutant of [before + after.slice(1), `${before}A${after}`, `${before}=${after}`]) {
        expect([mutant, await answerTo(mutant)]).not.toEqual([mutant, 'accepted']);
      }
    }
  });
});
