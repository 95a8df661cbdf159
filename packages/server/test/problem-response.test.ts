// The form of every refusal: one problem document, one challenge, not cacheable.
import { describe, expect, it } from 'vitest';
import { guarded } from './hono/guarded.ts';
import { config, configOf, ENV, forge, OTHER_SECRET } from './tokens.ts';

const REFUSALS = {
  missing: undefined,
  ambiguous: 'Bearer a, Bearer b',
  malformed: 'Bearer abc',
  forged: `Bearer ${forge({}, { alg: 'HS256' }, OTHER_SECRET)}`,
  none: `Bearer ${forge({}, { alg: 'none' })}`,
  early: `Bearer ${forge({ nbf: 9_000_000_000 })}`,
  issuer: `Bearer ${forge({ iss: 'someone else' })}`,
  revoked: `Bearer ${forge({ iss: 'me', jti: 'gone' })}`,
  expired: `Bearer ${forge({ iss: 'me', exp: 1 })}`,
};

const strict = configOf({ ZEP_AUTH_ISSUER: 'me', ZEP_AUTH_REVOKED: 'gone' });

describe('a refusal', () => {
  it.each(Object.entries(REFUSALS))(
    'tells who asks nothing about the check: %s',
    async (_, value) => {
      const { get } = guarded({ config: strict });
      const response = await get(value);
      const text = `${await response.text()} ${JSON.stringify([...response.headers])}`;
      expect(text).not.toMatch(/signature|algorithm|HS256|issuer|revoked|nbf|ERR_|secret/i);
    },
  );

  it('is the same for every reason but expiry, to the byte', async () => {
    const { get } = guarded({ config: strict });
    const answers = new Set<string>();
    for (const name of ['malformed', 'forged', 'none', 'early', 'issuer', 'revoked'] as const) {
      const response = await get(REFUSALS[name]);
      answers.add(JSON.stringify([response.status, [...response.headers], await response.text()]));
    }
    expect(answers.size).toBe(1);
    const expired = await get(REFUSALS.expired);
    expect(expired.headers.get('www-authenticate')).toBe(
      'Bearer realm="api", error="invalid_token"',
    );
    expect(await expired.json()).toHaveProperty('code', 'token_expired');
  });

  it('has the same status in the response and in the document', async () => {
    const { get } = guarded({ config: strict });
    for (const value of Object.values(REFUSALS)) {
      const response = await get(value);
      expect(await response.json()).toMatchObject({ status: response.status, type: 'about:blank' });
    }
  });

  it('has Retry-After only if a time is known', async () => {
    const { get } = guarded({ config });
    expect((await get()).headers.has('retry-after')).toBe(false);
  });

  it('has a challenge exactly if other credentials would help', async () => {
    const open = guarded({ config });
    const broken = guarded({
      env: () => ({ ...ENV, ZEP_AUTH_REQUIRED: 'maybe' }),
      onWarning: () => {},
    });
    expect((await open.get()).headers.has('www-authenticate')).toBe(true);
    expect((await broken.get()).headers.has('www-authenticate')).toBe(false);
  });
});
