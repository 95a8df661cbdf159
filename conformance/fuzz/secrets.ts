// judgeSecret on random secrets of the common forms, all of which it must accept, and on placeholders of a grammar, of
// which it may miss one in a hundred.
import { createHash } from 'node:crypto';
import { judgeSecret } from '@zep-auth/core';
import * as fc from 'fast-check';
import { Disagreement, defineTarget, type Tally, type Target } from './target.ts';

interface Case {
  /** The form of a random secret, or `placeholder`. */
  readonly form: string;
  readonly secret: string | Uint8Array;
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';

const seed = fc.noBias(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }));
const expand = (value: bigint, length: number): Buffer =>
  createHash('shake256', { outputLength: length }).update(String(value)).digest();
/** Bytes that are equally likely, expanded from a seed: fast-check favours the ends of a range. */
const bytes = (length: number): fc.Arbitrary<Buffer> => seed.map((value) => expand(value, length));
/** Characters that are equally likely: a byte that would favour some of them is left out. */
const from = (alphabet: string, length: number): fc.Arbitrary<string> => {
  const even = 256 - (256 % alphabet.length);
  return seed.map((value) =>
    [...expand(value, 4 * length + 64)]
      .filter((byte) => byte < even)
      .slice(0, length)
      .map((byte) => alphabet.charAt(byte % alphabet.length))
      .join(''),
  );
};
const uuid = bytes(16).map((list) =>
  list.toString('hex').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-a$4-$5'),
);

// Those words of the lists of EFF and BIP-39 that are usual in placeholders too, one in twenty as in BIP-39.
const USUAL =
  'change replace example secret default sample token random private public password key very long safe must please this that test you use used more length hello world sign value user only never guess minimum strong super real';
const word = fc
  .tuple(
    fc.nat(19),
    fc.constantFrom(...USUAL.split(' ')),
    from(LOWER, 9),
    fc.integer({ min: 5, max: 9 }),
  )
  .map(([draw, usual, letters, length]) => (draw === 0 ? usual : letters.slice(0, length)));
const words = (count: number, separator: string): fc.Arbitrary<string> =>
  fc
    .array(word, { minLength: count, maxLength: count })
    .map((list) => list.join(separator))
    .filter((text) => text.length >= 32);

const FORMS: Readonly<Record<string, fc.Arbitrary<string | Uint8Array>>> = {
  zepcli: bytes(64).map((list) => `${list.toString('base64url')}==`),
  'openssl base64': bytes(64).map((list) => list.toString('base64')),
  'openssl hex': bytes(32).map((list) => list.toString('hex')),
  token_urlsafe: bytes(32).map((list) => list.toString('base64url')),
  'two UUIDs': fc.tuple(uuid, uuid).map((pair) => pair.join('')),
  'two ULIDs': from('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 52),
  nanoid: from(`${UPPER}${LOWER}${DIGITS}_-`, 42),
  '40 digits': from(DIGITS, 40),
  Django: from(`${LOWER}${DIGITS}!@#$%^&*(-_=+)`, 50),
  Laravel: bytes(32).map((list) => `base64:${list.toString('base64')}`),
  Rails: bytes(64).map((list) => list.toString('hex')),
  Symfony: bytes(16).map((list) => list.toString('hex')),
  AWS: from(`${UPPER}${LOWER}${DIGITS}+/`, 40),
  Bitwarden: from(`${UPPER}${LOWER}${DIGITS}!@#$%^&*`, 40),
  '1Password': from(`${UPPER}${LOWER}${DIGITS}!#%)*+,-.:=>?@]^_}~`, 40),
  'all signs but quotes': from(`${UPPER}${LOWER}${DIGITS}!#$%&()*+,-./:;<=>?@[\\]^_{|}~`, 32),
  'in brackets': fc
    .tuple(fc.constantFrom('<>', '()', '{}', '$()', '$<>', '%%'), from(`${LOWER}${DIGITS}*^!`, 46))
    .map(([pair, text]) => `${pair.slice(0, -1)}^${text}${pair.slice(-1)}`),
  'six words': words(6, ' '),
  'twelve words': words(12, '-'),
  bytes: bytes(32),
};

const ASKS = [
  'change',
  'change_me',
  'changeme',
  'replace',
  'replace me',
  'insert',
  'your',
  'example',
];
const THINGS = [
  'secret',
  'secret key',
  'jwt secret',
  'jwt key',
  'token',
  'password',
  'signing key',
];
const FILLERS = [
  ...['super', 'very', 'long', 'safe', 'strong', 'random', 'secure', 'default', 'my', 'the', 'a'],
  ...[
    'please',
    'this',
    'here',
    'in production',
    'for development',
    'only',
    'at least 32 characters',
  ],
  ...[
    'with',
    'string',
    'app',
    'api',
    'must be',
    'do not use',
    '256 bit',
    'dev',
    'test',
    'placeholder',
  ],
];
const SEPARATORS = [' ', '-', '_', '.', ''];
const TAILS = ['', '', '', '123', '!', '2024', '1234567890', '000000'];

/** A phrase of words that ask, what is asked for, and words between them; 32 characters at least. */
const placeholder = fc
  .record({
    asks: fc.array(fc.constantFrom(...ASKS), { maxLength: 2 }),
    things: fc.array(fc.constantFrom(...THINGS), { minLength: 1, maxLength: 2 }),
    fillers: fc.array(fc.constantFrom(...FILLERS), { minLength: 2, maxLength: 8 }),
    order: fc.infiniteStream(fc.nat()),
    separator: fc.constantFrom(...SEPARATORS),
    tail: fc.constantFrom(...TAILS),
    style: fc.constantFrom('lower', 'UPPER', 'Title'),
  })
  .map(({ asks, things, fillers, order, separator, tail, style }) => {
    const parts = [...asks, ...things, ...fillers]
      .map((part) => ({ part, key: order.next().value ?? 0 }))
      .sort((a, b) => a.key - b.key)
      .flatMap(({ part }) => part.split(/[ _]/));
    const styled = parts.map((part) => {
      if (style === 'UPPER') return part.toUpperCase();
      return style === 'Title' ? part.charAt(0).toUpperCase() + part.slice(1) : part;
    });
    return `${styled.join(separator)}${tail}`;
  })
  .filter((text) => text.length >= 32);

const MISSES_OF = 100;
const FEWEST = 1000;

const judge = async ({ form, secret }: Case, tally: Tally): Promise<void> => {
  const problems = judgeSecret(secret);
  tally.note(form);
  if (form !== 'placeholder') {
    tally.count('accepted');
    if (problems.length === 0) return;
    throw new Disagreement(
      `a random secret is refused: ${problems.map(({ rule }) => rule).join()}`,
    );
  }
  tally.count(problems.length === 0 ? 'a placeholder that is accepted' : 'refused');
  const missed = tally.outcomes.get('a placeholder that is accepted') ?? 0;
  const all = tally.notes.get('placeholder') ?? 0;
  if (all >= FEWEST && missed * MISSES_OF > all) {
    throw new Disagreement(`${missed} of ${all} placeholders are accepted`);
  }
};

export const secretsTarget: Target = defineTarget<Case>({
  name: 'secrets',
  share: 6,
  batchSize: 1000,
  expected: [{ within: 4000, names: ['accepted', 'refused', ...Object.keys(FORMS)] }],
  cases: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.oneof(
        ...Object.entries(FORMS).map(([form, secrets]) =>
          (secrets as fc.Arbitrary<string | Uint8Array>).map((secret) => ({ form, secret })),
        ),
      ),
    },
    { weight: 1, arbitrary: placeholder.map((secret) => ({ form: 'placeholder', secret })) },
  ),
  judge,
});
