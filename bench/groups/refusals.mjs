// The time of a refusal, compared with accepting a new good token of the same size.

import { createVerifier } from '@zep-auth/core';
import { createCheck } from '@zep-auth/core/internal';
import { jwtVerify } from 'jose';
import { createClaims, importKey, load, otherSecret, secret, signNow } from '../contestants.mjs';
import { timeCalls } from '../measure.mjs';

const COUNT = 256;
const LARGE_CHARACTERS = 5800; // makes a token of nearly 8 KB
const PAD = 'x'.repeat(LARGE_CHARACTERS);

export const GOOD = 'a good token';
export const GOOD_LARGE = 'a good token of 8 KB';
export const GARBAGE = 'garbage: the last character is no base64url';
export const GARBAGE_LARGE = 'garbage of 8 KB';
export const HEADER = 'another algorithm in the header';
export const WRONG_KEY = 'another key';
export const TOO_LARGE = 'too large: 16 KB';

const spoil = (token) => `${token.slice(0, -1)}!`;
const large = (i) => ({ ...createClaims(i), pad: PAD });

/** Each case creates its token number `i`. */
const cases = {
  [GOOD]: (i) => signNow(createClaims(i)),
  [GOOD_LARGE]: (i) => signNow(large(i)),
  [GARBAGE]: (i) => spoil(signNow(createClaims(i))),
  [GARBAGE_LARGE]: (i) => spoil(signNow(large(i))),
  [HEADER]: (i) => signNow(createClaims(i), { header: { alg: 'HS512', typ: 'JWT' } }),
  [WRONG_KEY]: (i) => signNow(createClaims(i), { key: otherSecret }),
  [TOO_LARGE]: (i) => signNow({ ...large(i), more: PAD }),
};

export const everywhere = true;
const table = (who) => ({ title: `Refusals by ${who}`, base: GOOD });
export const tables = {
  zepAuth: table('zep-auth'),
  zepAuthPromise: table('zep-auth, promise'),
  fastJwt: table('fast-jwt'),
  jose: table('jose, imported key'),
};

const attempt = (verify) => (token) => {
  try {
    return verify(token);
  } catch (error) {
    return error;
  }
};
const attemptAsync = (verify) => async (token) => {
  try {
    return await verify(token);
  } catch (error) {
    return error;
  }
};

export const run = async ({ quick }) => {
  const fastJwt = load('fast-jwt');
  const cryptoKey = await importKey('verify');
  const algorithms = ['HS256'];
  const verifier = createVerifier({ secret, cacheSize: 0 });
  const ways = {
    zepAuth: attempt(createCheck({ keyring: secret, cacheSize: 0 })),
    zepAuthPromise: attemptAsync(verifier.verify),
    fastJwt: fastJwt && attempt(fastJwt.createVerifier({ key: secret, algorithms })),
    jose: attemptAsync((token) => jwtVerify(token, cryptoKey, { algorithms })),
  };
  const tokens = Object.entries(cases).map(([name, create]) => ({
    name,
    list: Array.from({ length: COUNT }, (_, i) => create(i)),
  }));
  const scenarios = {};
  for (const [way, verify] of Object.entries(ways).filter(([, verify]) => verify)) {
    const contestants = [];
    for (const { name, list } of tokens) {
      const isRefused = (await verify(list[0])) instanceof Error;
      const hasLimit = way.startsWith('zepAuth');
      const isGood = name === GOOD || name === GOOD_LARGE || (name === TOO_LARGE && !hasLimit);
      if (isRefused === isGood) throw new Error(`${way} was wrong about ${name}`);
      const isAsync = verify(list[0]) instanceof Promise;
      contestants.push({ name, call: (i) => verify(list[i & (COUNT - 1)]), isAsync });
    }
    scenarios[way] = await timeCalls(contestants, { quick });
  }
  return scenarios;
};
