// Claims signed on both engines, compared with JSON.stringify and Node's HMAC, and verified by jose.
import { createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { createKeyring } from '@zep-auth/core';
import { createCheck, createSign } from '@zep-auth/core/internal';
import * as fc from 'fast-check';
import { compactVerify } from 'jose';
import { encode, keyIdOf } from '../kit/tokens.ts';
import { ENGINES } from './engines.ts';
import { Disagreement, defineTarget, type Tally, type Target } from './target.ts';
import { SECRETS } from './worlds.ts';

const MAX_TIME = 253_402_300_799;
const FITS = 8192;

class Custom {
  readonly own = 1;
}

interface Case {
  readonly secret: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** A value that JSON would lose, and how deep it lies; or arrays alone, of any depth. */
  readonly odd: { readonly value: unknown; readonly isLost: boolean; readonly depth: number };
  readonly keyId: boolean;
}

const signers = ENGINES.map((engine) => ({
  engine,
  sign: createSign(engine),
}));
const keyrings = new Map(SECRETS.map((secret) => [secret, createKeyring(secret)]));

const wrap = (value: unknown, depth: number): unknown =>
  depth === 0 ? value : wrap(depth % 2 === 0 ? [value] : { a: value }, depth - 1);

const isTime = (value: unknown): boolean =>
  value === undefined || (typeof value === 'number' && value >= 0 && value <= MAX_TIME);

/** The expected token, or `undefined` where the claims must be refused. */
const expectedOf = ({ secret, odd, keyId }: Case, claims: Case['claims']): string | undefined => {
  const levels = odd.depth + (odd.value instanceof Custom ? 1 : 0);
  if (odd.isLost || levels > 63) return undefined;
  if (!['exp', 'nbf', 'iat'].every((claim) => isTime(claims[claim]))) return undefined;
  const header = { alg: 'HS256', typ: 'JWT', ...(keyId && { kid: keyIdOf(secret) }) };
  const input = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}`;
  const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  return token.length <= FITS ? token : undefined;
};

const judge = async (it: Case, tally: Tally): Promise<void> => {
  const { secret, keyId, odd } = it;
  const keyring = keyrings.get(secret) ?? createKeyring(secret);
  const claims = { ...it.claims, odd: wrap(odd.value, odd.depth) };
  const expected = expectedOf(it, claims);
  for (const { engine, sign } of signers) {
    let token: string | undefined;
    try {
      token = await sign(keyring, claims, { keyId });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    if (token !== expected) {
      throw new Disagreement(`the ${engine.name} engine signs ${token}, the reference ${expected}`);
    }
    tally.note(`${engine.name} signatures`);
  }
  tally.count(expected === undefined ? 'refused' : 'accepted');
  if (odd.isLost) tally.note('a value that JSON loses');
  if (expected === undefined) return;
  if (tally.cases % 16 === 0) {
    await compactVerify(expected, Buffer.from(secret), { algorithms: ['HS256'] });
    tally.note('jose agrees');
  }
  if (['exp', 'nbf', 'iat'].some((claim) => claim in it.claims)) return; // not valid now, perhaps
  for (const { engine } of signers) {
    const answer = await createCheck({ keyring, cacheSize: 0 }, engine)(expected);
    if (!isDeepStrictEqual(answer.claims, JSON.parse(JSON.stringify(claims)))) {
      throw new Disagreement(`the ${engine.name} engine reads back ${fc.stringify(answer.claims)}`);
    }
  }
  tally.note('read back');
};

const LOST: readonly unknown[] = [
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1n, Symbol('s')],
  ...[() => 1, new Map(), new Set([1]), /x/, Promise.resolve(1), new Uint8Array(1), new Error('e')],
  { toJSON: () => Number.NaN },
];
const KEPT: readonly unknown[] = [null, true, 0, -1.5e-7, 1e21, '', new Date(0), new Custom()];

const odd = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      value: fc.constantFrom(...KEPT),
      isLost: fc.constant(false),
      depth: fc.constantFrom(0, 1, 2, 62, 63, 64),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      value: fc.constantFrom(...LOST),
      isLost: fc.constant(true),
      depth: fc.constantFrom(0, 1, 2, 5),
    }),
  },
);

const time = fc.oneof(
  fc.integer({ min: 0, max: MAX_TIME }),
  fc.constantFrom(-1, MAX_TIME + 1, '1', null, undefined, 0.5),
);
const claims: fc.Arbitrary<Case['claims']> = fc.oneof(
  { weight: 6, arbitrary: fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()) },
  { weight: 2, arbitrary: fc.record({ exp: time, nbf: time, iat: time }, { requiredKeys: [] }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 5900, max: 6200 }).map((length) => ({ pad: 'x'.repeat(length) })),
  },
);

export const signingTarget: Target = defineTarget<Case>({
  name: 'signing',
  share: 10,
  batchSize: 1000,
  expected: [
    {
      within: 4000,
      names: ['accepted', 'refused', 'read back', 'jose agrees', 'a value that JSON loses'],
    },
  ],
  cases: fc.record({
    secret: fc.constantFrom(...SECRETS),
    claims,
    odd,
    keyId: fc.boolean(),
  }),
  judge,
});
