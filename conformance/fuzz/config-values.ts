// Values for the variables of a configuration: good, bad, empty and odd, with the number of reasons to refuse each. Made
// without the code under test.
import * as fc from 'fast-check';
import { PREVIOUS } from '../../packages/core/test/agreement-tokens.ts';
import { NOW, SECRET, secretNamed, tokenOf } from '../kit/tokens.ts';

/** A text for a secret, how many reasons there are to refuse it, and how many of weakness, which may be allowed. */
export interface LabelledSecret {
  readonly text: string;
  readonly faults: number;
  readonly weaknesses: number;
}

const secret = (text: string, faults: number, weaknesses = 0): LabelledSecret => ({
  text,
  faults,
  weaknesses: weaknesses + (Buffer.byteLength(text) < 32 ? 1 : 0),
});

export const TOKEN: string = tokenOf({ jti: secretNamed('jti').slice(0, 20), exp: NOW });
const THIRD = secretNamed('third');

export const GOOD_SECRETS: readonly LabelledSecret[] = [
  SECRET,
  PREVIOUS,
  THIRD,
  secretNamed('fourth'),
  'fünfzehn Wörter, getrennt durch Leerzeichen',
].map((text) => secret(text, 0));

export const BAD_SECRETS: readonly LabelledSecret[] = [
  secret('test-secret', 0),
  secret('Zq81-f0Vb', 0),
  secret(`${THIRD}\n`, 1),
  secret(` ${THIRD}`, 1),
  secret(`${THIRD}\u00A0`, 1),
  secret(`"${THIRD}"`, 1),
  secret(`\`${THIRD}\``, 1),
  secret(`${THIRD}\r\n${THIRD}`, 1, 1),
  secret(TOKEN, 1),
  secret(`Bearer ${TOKEN}`, 1),
  secret('a'.repeat(64), 0, 1),
  secret(THIRD.slice(0, 20).repeat(2), 0, 1),
  secret('8317046592837465019283746501928', 0, 1),
  secret(' '.repeat(40), 1),
  secret(`${THIRD}\u200B`, 1),
  secret(`SECRET=${THIRD}`, 1),
  secret('replace_with_a_long_random_secret', 1),
  secret(`-----BEGIN PRIVATE KEY-----${THIRD}`, 1),
  secret(`{"kty":"oct","k":"${THIRD}"}`, 1),
  secret(`\ud800${THIRD}`, 1),
  secret('shhhhh', 1),
  secret('do-not-use-this-secret-in-production', 1),
  secret('<a-template-with-nothing-filled-in>', 1),
];

// The list is split at commas.
const BAD_ENTRIES = BAD_SECRETS.filter(({ text }) => !text.includes(','));
const SECRETS_BY_TEXT = new Map([...GOOD_SECRETS, ...BAD_SECRETS].map((it) => [it.text, it]));

/** The number of reasons to refuse a secret from these pools. */
export const faultsOf = (text: string): LabelledSecret =>
  SECRETS_BY_TEXT.get(text) ?? secret(text, 0);

const digest = 'ab12'.repeat(16);
const GOOD_REVOKED = [
  ...['j', '7', ' j2 ', '', 'sha256x', 'sha', 'eyJhbGciOi.eyJqdGki', digest],
  ...[`sha256:${digest}`, `SHA256:${digest.toUpperCase()}`],
];
const BAD_REVOKED = [
  ...[TOKEN, 'sha256', 'sha256:', 'sha256:ab12', `sha256:${digest}0`, `sha-256:${digest}`],
  ...[`SHA256=${digest}`, `sha256:${digest.replace('a', 'g')}`, ` sha256: ${digest}`],
  ...['jti:abc', 'JTI = abc', 'id:7', 'md5:ab12', 'sha512:abc', 'sha-1=ab'],
  ...['"j"', "'j", '`j`', 'j\nj2', 'j\rj2'],
];
/** Whether an entry of the revocation list would revoke nothing. */
export const isBadEntry = (entry: string): boolean =>
  BAD_REVOKED.some((bad) => bad.trim() === entry.trim()) ||
  ['"', "'", '`'].includes(entry.trim().charAt(0)) ||
  /[\r\n]/.test(entry.trim());

const textOf = (list: readonly LabelledSecret[]): fc.Arbitrary<string> =>
  fc.constantFrom(...list).map(({ text }) => text);
const listOf = (good: fc.Arbitrary<string>, bad: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        { weight: 12, arbitrary: good },
        { weight: 1, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: bad },
      ),
      { maxLength: 5 },
    )
    .map((list) => list.join(','));

/** Values that are not strings. An undefined one counts as unset. */
const odd: fc.Arbitrary<unknown> = fc.constantFrom<unknown[]>(
  ...[null, true, false, 0, 1, 1n, [SECRET], { get: async () => SECRET }, () => SECRET],
  ...[Symbol.iterator, Buffer.from(SECRET), Object(SECRET)],
);
const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(' ', '\n', '\0', 'null', 'undefined', '__proto__', '"true"'),
);

const set = (
  isSet: number,
  good: fc.Arbitrary<unknown>,
  bad: fc.Arbitrary<unknown> = junk,
): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 100 - isSet, arbitrary: fc.constantFrom(undefined, undefined, '') },
    { weight: Math.ceil(isSet * 0.9), arbitrary: good },
    { weight: Math.ceil(isSet * 0.08), arbitrary: bad },
    { weight: Math.ceil(isSet * 0.02), arbitrary: odd },
  );

const booleans = set(
  40,
  fc.constantFrom(...['1', 't', 'T', 'TRUE', 'true', 'True', '0', 'f', 'F', 'FALSE', 'false']),
  fc.oneof(junk, fc.constantFrom('yes', 'no', 'off', 'tRUE', '2', '-1', '00', 'true ', '\tfalse')),
);
const seconds = set(
  30,
  fc.constantFrom('0', '1', '60', '300', '007'),
  fc.oneof(
    junk,
    fc.constantFrom('301', '-1', '1.5', '1e2', ' 1', '1 ', '0x10', '٣', '999999999', '1000000000'),
    fc.constantFrom('+1', 'NaN', 'Infinity', '-0', '1_0', '1,0'),
  ),
);
const names = set(
  30,
  fc.constantFrom('a', 'https://issuer.example', 'a b'),
  fc.oneof(junk, fc.constantFrom(' a', 'a\n')),
);

/** Each variable without its prefix, and what it may hold. */
export const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  REQUIRED: booleans,
  SECRET: set(
    85,
    fc.oneof(
      { weight: 9, arbitrary: textOf(GOOD_SECRETS) },
      { weight: 1, arbitrary: textOf(BAD_SECRETS.filter(({ weaknesses }) => weaknesses > 0)) },
    ),
    textOf(BAD_SECRETS),
  ),
  SECRET_FILE: set(4, fc.constant('/run/secrets/a-place-for-it'), textOf(GOOD_SECRETS)),
  SECRET_PREVIOUS: set(
    30,
    listOf(textOf(GOOD_SECRETS.slice(0, 4)), textOf(BAD_ENTRIES)),
    fc.constantFrom(',', ',,,,'),
  ),
  SECRET_PREVIOUS_FILE: set(4, fc.constant('/run/secrets/a-place-for-it')),
  ALLOW_WEAK_SECRET: booleans,
  ISSUER: names,
  AUDIENCE: names,
  CLOCK_TOLERANCE_SECONDS: seconds,
  MAX_TOKEN_AGE_SECONDS: seconds,
  REQUIRE_EXPIRY: booleans,
  SECRET_ENCODING: set(8, fc.constant('utf8'), fc.oneof(junk, fc.constantFrom('UTF8', 'utf-8'))),
  IGNORE_VARIABLES: set(
    15,
    fc.constantFrom('ZEP_AUTH_SECRT', 'ZEP_AUTH_SECRET_FILES, ZEP_AUTH_SECRT', 'ZEP_AUTH_issuer,'),
  ),
  REVOKED: set(30, listOf(fc.constantFrom(...GOOD_REVOKED), fc.constantFrom(...BAD_REVOKED))),
};
