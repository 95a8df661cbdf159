// Which keys a token is tried with, and at how many HMACs, on both engines.
import { describe, expect, it } from 'vitest';
import type { Engine } from '../src/jws/engine.ts';
import { createKeyring } from '../src/keyring.ts';
import { createVerifierOn } from '../src/verify.ts';
import { countWork, ENGINES } from './engines.ts';
import { keyIdOf, outcomeOf, rawToken, refusalOf, secretNamed, tokenOf } from './raw-token.ts';

const OTHER = secretNamed('other');
const FOUR = ['one', 'two', 'three', 'four'].map(secretNamed);

const cases = ENGINES.flatMap((engine) =>
  [1, 2, 3, 4].map((size) => ({ engine, name: engine.name, size })),
);

const withKid = (kid: string | undefined, secret: string): string =>
  rawToken(JSON.stringify({ alg: 'HS256', ...(kid !== undefined && { kid }) }), '{}', secret);

/** A new verifier for each token, and what the token costs. */
const askerOf = (on: Engine, secrets: readonly string[]) => async (token: string) => {
  const { engine, work } = countWork(on);
  const { verify } = createVerifierOn(engine, { keyring: createKeyring(secrets) });
  const outcome = await outcomeOf(() => verify(token));
  const keyId = outcome === 'accepted' ? (await verify(token)).keyId : undefined; // remembered
  return { outcome, keyId, hmacs: work.hmacs };
};

describe.each(cases)('with $size keys on the $name engine', ({ engine, size }) => {
  const secrets = FOUR.slice(0, size);
  const [first, last] = [secrets[0], secrets.at(-1)] as [string, string]; // size is at least 1
  const ask = askerOf(engine, secrets);

  it('a known kid costs exactly one HMAC, wherever its key stands', async () => {
    for (const secret of secrets) {
      const keyId = keyIdOf(secret);
      expect(await ask(withKid(keyId, secret))).toEqual({ outcome: 'accepted', keyId, hmacs: 1 });
    }
  });

  it('a kid decides: the signature of another configured key is refused, at one HMAC', async () => {
    const pairs = [[first, OTHER] as const, [first, last] as const, [last, first] as const];
    for (const [named, signer] of pairs.filter(([a, b]) => a !== b)) {
      const own = await ask(withKid(keyIdOf(named), named));
      expect(own).toMatchObject({ outcome: 'accepted', hmacs: 1 });
      const foreign = await ask(withKid(keyIdOf(named), signer));
      expect(foreign).toMatchObject({ outcome: 'ERR_TOKEN_SIGNATURE', hmacs: 1 });
    }
  });

  it.each([undefined, 'unknown', '', 'constructor', '__proto__'])(
    'a token with kid %j is tried with each key in turn, and no more',
    async (kid) => {
      for (const [i, secret] of secrets.entries()) {
        const token = withKid(kid, secret);
        const expected = { outcome: 'accepted', keyId: keyIdOf(secret), hmacs: i + 1 };
        expect(await ask(token)).toEqual(expected);
      }
      const foreign = await ask(withKid(kid, OTHER));
      expect(foreign).toMatchObject({ outcome: 'ERR_TOKEN_SIGNATURE', hmacs: size });
    },
  );

  it.each([
    ['too large', 'x'.repeat(8193)],
    ['of the wrong shape', `${tokenOf({}, first)}=`],
    ['of another algorithm', rawToken('{"alg":"HS512"}', '{}', first)],
    ['with crit', rawToken('{"alg":"HS256","crit":["b64"],"b64":false}', '{}', first)],
    ['with a header that is not JSON', rawToken('{', '{}', first)],
  ])('a token %s costs no HMAC', async (_, token) => {
    expect((await ask(token)).hmacs).toBe(0);
    expect((await ask(tokenOf({}, first))).hmacs).toBe(1);
  });

  it('every key is prepared once, at the first token that needs one', async () => {
    const { engine: counting, work } = countWork(engine);
    const { verify } = createVerifierOn(counting, { keyring: createKeyring(secrets) });
    expect(work.keys).toBe(0);
    for (const sub of ['a', 'b', 'c']) await verify(tokenOf({ sub }, last));
    expect([work.keys, work.digests]).toEqual([size, size]); // a digest for the id of each
  });

  it('every key that is tried in vain is refused alike', async () => {
    const { verify } = createVerifierOn(engine, { keyring: createKeyring(secrets) });
    const messages = await Promise.all(
      [undefined, 'unknown', keyIdOf(last)].map((kid) =>
        refusalOf(() => verify(withKid(kid, OTHER))).then(String),
      ),
    );
    expect(new Set(messages).size).toBe(1);
  });
});
