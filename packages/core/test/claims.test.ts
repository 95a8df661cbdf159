// The rules for claims at their boundaries, to the second, through a verifier and real JSON.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VerifyPolicy } from '../src/claims.ts';
import { createVerifier } from '../src/verify.ts';
import { HEADER, NOW, outcomeOf, rawToken, refusalOf, SECRET, tokenOf } from './raw-token.ts';

const check = (payload: object | string, policy: VerifyPolicy = {}): Promise<string> => {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const { verify } = createVerifier({ secret: SECRET, ...policy });
  return outcomeOf(() => verify(rawToken(HEADER, text)));
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(NOW * 1000);
});
afterEach(() => vi.useRealTimers());

it('requires no claim by default', async () => {
  expect(await check({})).toBe('accepted');
});

describe('the form of exp, nbf and iat', () => {
  it('is judged before any time is compared', async () => {
    expect(await check({ exp: 0, nbf: 'x' })).toBe('ERR_TOKEN_CLAIM');
    expect(await check({ exp: 0, nbf: 0 })).toBe('ERR_TOKEN_EXPIRED');
  });

  it.each(['exp', 'nbf', 'iat'])('names %s, and says when it is in milliseconds', async (claim) => {
    const { verify } = createVerifier({ secret: SECRET });
    const inMilliseconds = verify(rawToken(HEADER, `{"${claim}":${NOW * 1000}}`));
    await expect(inMilliseconds).rejects.toMatchObject({
      claim,
      message: expect.stringMatching(new RegExp(`${claim}.*milliseconds`)),
    });
    const negative = verify(rawToken(HEADER, `{"${claim}":-1}`));
    await expect(negative).rejects.toMatchObject({
      claim,
      message: expect.not.stringContaining('milliseconds'),
    });
  });
});

describe('exp', () => {
  it.each([
    [0, 0, 'ERR_TOKEN_EXPIRED'],
    [1, 0, 'accepted'],
    [-1, 1, 'ERR_TOKEN_EXPIRED'],
    [0, 1, 'accepted'],
    [-300, 300, 'ERR_TOKEN_EXPIRED'],
    [-299, 300, 'accepted'],
  ])('at now %i with a tolerance of %i s: %s', async (offset, tolerance, outcome) => {
    const policy = { clockToleranceSeconds: tolerance };
    expect(await check({ exp: NOW + offset }, policy)).toBe(outcome);
  });

  it('has no tolerance by default', async () => {
    expect(await check({ exp: NOW })).toBe('ERR_TOKEN_EXPIRED');
    expect(await check({ exp: NOW + 1 })).toBe('accepted');
  });

  it('holds to the last millisecond of its second', async () => {
    vi.setSystemTime(NOW * 1000 + 999);
    expect(await check({ exp: NOW + 1 })).toBe('accepted');
    vi.setSystemTime(NOW * 1000 + 1000);
    expect(await check({ exp: NOW + 1 })).toBe('ERR_TOKEN_EXPIRED');
  });
});

describe('nbf', () => {
  it.each([
    [0, 0, 'accepted'],
    [1, 0, 'ERR_TOKEN_NOT_YET_VALID'],
    [300, 300, 'accepted'],
    [301, 300, 'ERR_TOKEN_NOT_YET_VALID'],
  ])('at now + %i with a tolerance of %i s: %s', async (offset, tolerance, outcome) => {
    const policy = { clockToleranceSeconds: tolerance };
    expect(await check({ nbf: NOW + offset }, policy)).toBe(outcome);
  });

  it('has no tolerance by default', async () => {
    expect(await check({ nbf: NOW })).toBe('accepted');
    expect(await check({ nbf: NOW + 1 })).toBe('ERR_TOKEN_NOT_YET_VALID');
  });
});

describe('iat', () => {
  it.each([
    ['60 s of grace', 60, 0, 'accepted'],
    ['60 s of grace', 61, 0, 'ERR_TOKEN_NOT_YET_VALID'],
    ['the grace where the tolerance is less', 60, 59, 'accepted'],
    ['the grace where the tolerance is less', 61, 59, 'ERR_TOKEN_NOT_YET_VALID'],
    ['the tolerance where it is more', 61, 61, 'accepted'],
    ['the tolerance where it is more', 62, 61, 'ERR_TOKEN_NOT_YET_VALID'],
    ['the tolerance and not the sum', 300, 300, 'accepted'],
    ['the tolerance and not the sum', 301, 300, 'ERR_TOKEN_NOT_YET_VALID'],
  ])('has %s: now + %i with %i s is %s', async (_, offset, tolerance, outcome) => {
    const policy = { clockToleranceSeconds: tolerance };
    expect(await check({ iat: NOW + offset }, policy)).toBe(outcome);
  });
});

describe('clockToleranceSeconds', () => {
  it.each([0, 300])('may be %i', async (clockToleranceSeconds) => {
    expect(await check({}, { clockToleranceSeconds })).toBe('accepted');
  });

  it.each([
    301,
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '5' as never, // what a caller without types may pass
  ])('may not be %s', (clockToleranceSeconds) => {
    expect(() => createVerifier({ secret: SECRET, clockToleranceSeconds })).toThrow(
      new RangeError('clockToleranceSeconds must be a whole number from 0 to 300'),
    );
  });
});

describe('issuer', () => {
  it.each<[VerifyPolicy['issuer'], object, string]>([
    ['https://a', { iss: 'https://a' }, 'accepted'],
    ['https://a', { iss: 'https://a/' }, 'ERR_TOKEN_CLAIM'],
    ['https://a', { iss: 'HTTPS://A' }, 'ERR_TOKEN_CLAIM'],
    ['https://a', { iss: ['https://a'] }, 'ERR_TOKEN_CLAIM'],
    ['https://a', { iss: null }, 'ERR_TOKEN_CLAIM'],
    ['https://a', {}, 'ERR_TOKEN_CLAIM'],
    [['https://a', 'https://b'], { iss: 'https://b' }, 'accepted'],
    [['https://a', 'https://b'], { iss: 'https://c' }, 'ERR_TOKEN_CLAIM'],
    [['https://a', 'https://b'], {}, 'ERR_TOKEN_CLAIM'],
    [undefined, { iss: 'anyone' }, 'accepted'],
  ])('%j against %j: %s', async (issuer, claims, outcome) => {
    expect(await check(claims, issuer === undefined ? {} : { issuer })).toBe(outcome);
  });
});

describe('audience', () => {
  it.each<[VerifyPolicy['audience'], object, string]>([
    ['api', { aud: 'api' }, 'accepted'],
    ['api', { aud: ['other', 'api'] }, 'accepted'],
    ['api', { aud: 'api2' }, 'ERR_TOKEN_CLAIM'],
    ['api', { aud: 'other api' }, 'ERR_TOKEN_CLAIM'],
    ['api', { aud: [] }, 'ERR_TOKEN_CLAIM'],
    ['api', { aud: [['api']] }, 'ERR_TOKEN_CLAIM'],
    ['api', { aud: { api: true } }, 'ERR_TOKEN_CLAIM'],
    ['api', { aud: null }, 'ERR_TOKEN_CLAIM'],
    ['api', {}, 'ERR_TOKEN_CLAIM'],
    [['api', 'web'], { aud: 'web' }, 'accepted'],
    [['api', 'web'], { aud: ['web', 'x'] }, 'accepted'],
    [['api', 'web'], { aud: ['x'] }, 'ERR_TOKEN_CLAIM'],
    [['api', 'web'], {}, 'ERR_TOKEN_CLAIM'],
    [undefined, { aud: 'someone else' }, 'accepted'],
  ])('%j against %j: %s', async (audience, claims, outcome) => {
    expect(await check(claims, audience === undefined ? {} : { audience })).toBe(outcome);
  });
});

describe('subject', () => {
  it.each([
    [{ sub: 'alice' }, 'accepted'],
    [{ sub: 'Alice' }, 'ERR_TOKEN_CLAIM'],
    [{ sub: ['alice'] }, 'ERR_TOKEN_CLAIM'],
    [{ sub: null }, 'ERR_TOKEN_CLAIM'],
    [{}, 'ERR_TOKEN_CLAIM'],
  ])('alice against %j: %s', async (claims, outcome) => {
    expect(await check(claims, { subject: 'alice' })).toBe(outcome);
  });

  it.each([
    [{ sub: 'alice' }, 'accepted'],
    [{ sub: 'bob' }, 'accepted'],
    [{ sub: 'carol' }, 'ERR_TOKEN_CLAIM'],
    [{ sub: ['alice', 'bob'] }, 'ERR_TOKEN_CLAIM'],
    [{}, 'ERR_TOKEN_CLAIM'],
  ])('alice or bob against %j: %s', async (claims, outcome) => {
    expect(await check(claims, { subject: ['alice', 'bob'] })).toBe(outcome);
  });
});

describe('maxRemainingSeconds', () => {
  it.each([
    [{ exp: NOW + 60 }, {}, 'accepted'],
    [{ exp: NOW + 60.5 }, {}, 'ERR_TOKEN_CLAIM'],
    [{ exp: NOW + 61 }, {}, 'ERR_TOKEN_CLAIM'],
    [{ exp: NOW + 90 }, { clockToleranceSeconds: 30 }, 'accepted'],
    [{ exp: NOW + 91 }, { clockToleranceSeconds: 30 }, 'ERR_TOKEN_CLAIM'],
    [{ exp: NOW + 1 }, {}, 'accepted'],
    [{ exp: NOW }, {}, 'ERR_TOKEN_EXPIRED'],
    [{}, {}, 'ERR_TOKEN_CLAIM'],
  ])('of 60 against %j with %j: %s', async (claims, policy, outcome) => {
    expect(await check(claims, { ...policy, maxRemainingSeconds: 60 })).toBe(outcome);
    if (outcome !== 'ERR_TOKEN_CLAIM') return;
    const { verify } = createVerifier({ secret: SECRET, ...policy, maxRemainingSeconds: 60 });
    expect((await refusalOf(() => verify(tokenOf(claims)))).claim).toBe('exp');
  });
});

describe('the policy strict', () => {
  const strict = { policy: 'strict', issuer: 'i', audience: 'a' } as const;
  const good = { iss: 'i', aud: 'a', exp: NOW + 86_400 };
  const outcomeUnder = (options: object, claims: object) =>
    outcomeOf(() =>
      createVerifier({ secret: SECRET, ...strict, ...options }).verify(tokenOf(claims)),
    );

  it.each([
    [good, 'accepted'],
    [{ ...good, exp: NOW + 86_401 }, 'ERR_TOKEN_CLAIM'],
    [{ ...good, exp: undefined }, 'ERR_TOKEN_CLAIM'],
    [{ ...good, exp: NOW }, 'ERR_TOKEN_EXPIRED'],
    [{ ...good, iss: 'x' }, 'ERR_TOKEN_CLAIM'],
    [{ ...good, aud: undefined }, 'ERR_TOKEN_CLAIM'],
  ])('%j: %s', async (claims, outcome) => {
    expect(await outcomeUnder({}, claims)).toBe(outcome);
  });

  it('may be stricter, not laxer', async () => {
    const options = { maxRemainingSeconds: 60 };
    expect(await outcomeUnder(options, { ...good, exp: NOW + 60 })).toBe('accepted');
    expect(await outcomeUnder(options, { ...good, exp: NOW + 61 })).toBe('ERR_TOKEN_CLAIM');
    const laxer = { secret: SECRET, ...strict, maxRemainingSeconds: 86_401 };
    expect(() => createVerifier(laxer)).toThrow(
      new RangeError('maxRemainingSeconds must be a whole number from 1 to 86400'),
    );
  });

  it('needs an issuer and an audience', () => {
    const reason = new TypeError('the policy strict needs issuer and audience');
    // @ts-expect-error: no audience
    expect(() => createVerifier({ secret: SECRET, policy: 'strict', issuer: 'i' })).toThrow(reason);
    // @ts-expect-error: no issuer
    expect(() => createVerifier({ secret: SECRET, policy: 'strict', audience: 'a' })).toThrow(
      reason,
    );
  });

  it('is the only one', () => {
    const options = { secret: SECRET, ...strict, policy: 'lax' as 'strict' }; // as a caller without types
    expect(() => createVerifier(options)).toThrow(
      new TypeError('policy must be strict, or left out'),
    );
  });
});

describe('typ', () => {
  const outcomeWith = (header: object, typ?: 'JWT' | 'at+jwt') =>
    outcomeOf(() =>
      createVerifier({ secret: SECRET, ...(typ && { typ }) }).verify(
        rawToken(JSON.stringify({ alg: 'HS256', ...header }), '{}'),
      ),
    );

  it.each([
    ['at+jwt', 'at+jwt', 'accepted'],
    ['at+jwt', 'AT+JWT', 'accepted'],
    ['at+jwt', 'application/at+jwt', 'accepted'],
    ['at+jwt', 'Application/At+Jwt', 'accepted'],
    ['at+jwt', 'JWT', 'ERR_TOKEN_MALFORMED'],
    ['at+jwt', undefined, 'ERR_TOKEN_MALFORMED'],
    ['at+jwt', 'at+jwt ', 'ERR_TOKEN_MALFORMED'],
    ['at+jwt', 'x/at+jwt', 'ERR_TOKEN_MALFORMED'],
    ['at+jwt', 'application/application/at+jwt', 'ERR_TOKEN_MALFORMED'],
    ['at+jwt', 'at+application/jwt', 'ERR_TOKEN_MALFORMED'],
    ['at+jwt', ['at+jwt'], 'ERR_TOKEN_MALFORMED'],
    ['JWT', 'jwt', 'accepted'],
    ['JWT', 'at+jwt', 'ERR_TOKEN_MALFORMED'],
    ['JWT', undefined, 'ERR_TOKEN_MALFORMED'],
    [undefined, 'at+jwt', 'accepted'],
    [undefined, 'JWT', 'accepted'],
    [undefined, undefined, 'accepted'],
    [undefined, 'dpop+jwt', 'ERR_TOKEN_MALFORMED'],
  ] as const)('%s demanded of %j: %s', async (typ, given, outcome) => {
    expect(await outcomeWith({ typ: given }, typ)).toBe(outcome);
  });

  it.each([
    [undefined, 'JWT or at+jwt'],
    ['JWT', 'JWT'],
    ['at+jwt', 'at+jwt'],
  ] as const)('%s demanded: a refusal says what it wanted', async (typ, wanted) => {
    const { verify } = createVerifier({ secret: SECRET, ...(typ && { typ }) });
    await expect(verify(rawToken('{"alg":"HS256","typ":"dpop+jwt"}', '{}'))).rejects.toThrow(
      `the header has a typ other than ${wanted}`,
    );
  });

  it.each(['at+JWT', 'jwt', '', null])('%j is not a type that can be demanded', (typ) => {
    expect(() => createVerifier({ secret: SECRET, typ: typ as never })).toThrow(
      new TypeError('typ must be JWT or at+jwt'),
    ); // as a caller without types
  });
});

describe('requiredClaims', () => {
  it.each(['null', 'false', '0', '""', '[]', '{}'])('is met by the falsy %s', async (value) => {
    expect(await check(`{"tenant":${value}}`, { requiredClaims: ['tenant'] })).toBe('accepted');
  });

  it('is met only where every claim is present', async () => {
    const policy = { requiredClaims: ['a', 'b'] };
    expect(await check({ a: 1, b: 1 }, policy)).toBe('accepted');
    expect(await check({ a: 1 }, policy)).toBe('ERR_TOKEN_CLAIM');
    expect(await check({ b: 1 }, policy)).toBe('ERR_TOKEN_CLAIM');
  });

  it.each(['toString', 'constructor', '__proto__'])(
    'is not met by an inherited %s',
    async (claim) => {
      expect(await check('{}', { requiredClaims: [claim] })).toBe('ERR_TOKEN_CLAIM');
      expect(await check(`{"${claim}":1}`, { requiredClaims: [claim] })).toBe('accepted');
    },
  );

  it('does not make exp hold longer', async () => {
    expect(await check({ exp: 0 }, { requiredClaims: ['exp'] })).toBe('ERR_TOKEN_EXPIRED');
    expect(await check({}, { requiredClaims: ['exp'] })).toBe('ERR_TOKEN_CLAIM');
    expect(await check({ exp: NOW + 1 }, { requiredClaims: ['exp'] })).toBe('accepted');
  });

  it('is named in the error', async () => {
    const { verify } = createVerifier({ secret: SECRET, requiredClaims: ['tenant'] });
    await expect(verify(rawToken(HEADER, '{}'))).rejects.toMatchObject({ claim: 'tenant' });
  });
});

describe('maxTokenAgeSeconds', () => {
  it.each([
    ['of that age', { iat: NOW - 600 }, 0, 'accepted'],
    ['older', { iat: NOW - 601 }, 0, 'ERR_TOKEN_EXPIRED'],
    ['older, within the tolerance', { iat: NOW - 601 }, 10, 'accepted'],
    ['at the end of the tolerance', { iat: NOW - 610 }, 10, 'accepted'],
    ['beyond the tolerance', { iat: NOW - 611 }, 10, 'ERR_TOKEN_EXPIRED'],
    ['from the near future', { iat: NOW + 60 }, 0, 'accepted'],
    ['from 1970', { iat: 0 }, 0, 'ERR_TOKEN_EXPIRED'],
    ['without iat', {}, 0, 'ERR_TOKEN_CLAIM'],
    ['with exp and without iat', { exp: NOW + 1 }, 0, 'ERR_TOKEN_CLAIM'],
    ['that has expired before', { iat: NOW - 10, exp: NOW }, 0, 'ERR_TOKEN_EXPIRED'],
  ])('of 600, token %s', async (_, claims, clockToleranceSeconds, outcome) => {
    expect(await check(claims, { maxTokenAgeSeconds: 600, clockToleranceSeconds })).toBe(outcome);
  });

  it('is not asked by default', async () => {
    expect(await check({ iat: 0 })).toBe('accepted');
  });

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('may not be %s', (seconds) => {
    expect(() => createVerifier({ secret: SECRET, maxTokenAgeSeconds: seconds })).toThrow(
      new RangeError(`maxTokenAgeSeconds must be a whole number from 1 to ${2 ** 53 - 1}`),
    );
    expect(() => createVerifier({ secret: SECRET, maxTokenAgeSeconds: 1 })).not.toThrow();
  });
});

it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'maxRemainingSeconds may not be %s',
  (seconds) => {
    expect(() => createVerifier({ secret: SECRET, maxRemainingSeconds: seconds })).toThrow(
      new RangeError(`maxRemainingSeconds must be a whole number from 1 to ${2 ** 53 - 1}`),
    );
  },
);

describe('a refusal', () => {
  it.each<[VerifyPolicy, string, string, string]>([
    [{}, '{"exp":null}', 'exp', 'is not a number'],
    [{}, '{"exp":1e999}', 'exp', 'is not a number'],
    [{}, '{"nbf":-1}', 'nbf', 'is negative'],
    [{}, '{"iat":1e12}', 'iat', 'is too large; is it in milliseconds?'],
    [{ issuer: 'a' }, '{}', 'iss', 'is not the required issuer'],
    [{ audience: 'a' }, '{}', 'aud', 'does not hold the required audience'],
    [{ subject: 'a' }, '{}', 'sub', 'is not the required subject'],
    [{ requiredClaims: ['tenant'] }, '{}', 'tenant', 'is missing'],
    [{ maxTokenAgeSeconds: 1 }, '{}', 'iat', 'is missing'],
    [{ maxRemainingSeconds: 1 }, '{}', 'exp', 'is missing'],
    [{ maxRemainingSeconds: 1 }, `{"exp":${NOW + 2}}`, 'exp', 'is further ahead than it may be'],
    [{ subject: ['a', 'b'] }, '{"sub":"c"}', 'sub', 'is not the required subject'],
  ])('by %j of %s names %s: it %s', async (policy, payload, claim, reason) => {
    const { verify } = createVerifier({ secret: SECRET, ...policy });
    await expect(verify(rawToken(HEADER, payload))).rejects.toMatchObject({
      code: 'ERR_TOKEN_CLAIM',
      claim,
      message: `the ${claim} claim ${reason}`,
    });
  });
});

const FORMS: Readonly<Record<string, string>> = {
  issuer: 'issuer must be a text, or a list of texts, and not empty',
  audience: 'audience must be a text, or a list of texts, and not empty',
  subject: 'subject must be a text, or a list of texts, and not empty',
  requiredClaims: 'requiredClaims must be a list of texts',
  revoked: 'revoked must be a list of texts',
};

describe('a policy', () => {
  it.each<[string, unknown]>([
    ['issuer', ''],
    ['issuer', []],
    ['issuer', new Array(1)],
    ['requiredClaims', new Array(1)],
    ['audience', []],
    ['issuer', 42],
    ['issuer', null],
    ['issuer', ['a', '']],
    ['audience', ''],
    ['audience', ['a', 42]],
    ['audience', {}],
    ['subject', ''],
    ['subject', 42],
    ['subject', []],
    ['subject', ['a', 1]],
    ['requiredClaims', 'exp'],
    ['requiredClaims', ['']],
    ['requiredClaims', [['exp']]],
    ['revoked', 'jti'],
    ['revoked', ['']],
  ])('with %s %j is refused', (name, value) => {
    expect(() => createVerifier({ secret: SECRET, [name]: value })).toThrow(
      new TypeError(FORMS[name]),
    );
  });

  it.each([
    ...['issuer', 'audience', 'subject', 'requiredClaims', 'clockToleranceSeconds', 'typ'],
    ...['maxTokenAgeSeconds', 'maxRemainingSeconds', 'revoked', 'policy', 'claimsSchema'],
    ...['maxTokenBytes', 'cacheSize'],
  ])('whose %s got lost is refused, not left out', (name) => {
    expect(() => createVerifier({ secret: SECRET, [name]: undefined })).toThrow(
      new TypeError(`${name} is undefined; give a value or leave it out`),
    );
  });

  it.each([
    ['a token', rawToken(HEADER, '{}'), 'holds a token; name it by sha256:<hex digest>'],
    ['a short digest', 'sha256:00', 'holds neither a jti alone nor sha256:<64 hex digits>'],
    ['jti:', 'jti:abc', 'holds neither a jti alone nor sha256:<64 hex digits>'],
  ])('with %s among the revoked is refused, with its place', (_, entry, mistake) => {
    expect(() => createVerifier({ secret: SECRET, revoked: ['a', entry] })).toThrow(
      new TypeError(`revoked (entry 2) ${mistake}`),
    );
  });

  it('stands as it was given, even when its lists change afterwards', async () => {
    const [issuer, audience] = [['a'], ['a']];
    const [requiredClaims, revoked] = [['r'], ['j']];
    const policy = { secret: SECRET, issuer, audience, requiredClaims, revoked };
    const { verify } = createVerifier(policy);
    const good = { iss: 'a', aud: 'a', r: 1 };
    const outcomes = () =>
      Promise.all(
        [good, { ...good, iss: 'b' }, { ...good, aud: 'b' }, { ...good, jti: 'j' }].map((claims) =>
          outcomeOf(() => verify(rawToken(HEADER, JSON.stringify(claims)))),
        ),
      );
    const before = ['accepted', 'ERR_TOKEN_CLAIM', 'ERR_TOKEN_CLAIM', 'ERR_TOKEN_REVOKED'];
    expect(await outcomes()).toEqual(before);
    issuer.push('b');
    audience.push('b');
    requiredClaims.push('absent');
    revoked.pop();
    expect(await outcomes()).toEqual(before);
  });
});
