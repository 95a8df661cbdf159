// The options of a gate. Options that can never work are an error at the start.
import { describe, expect, it } from 'vitest';
import { createGate } from '../../src/index.ts';
import { config, configOf } from '../tokens.ts';
import { gated } from './gated.ts';

describe('options', () => {
  it.each([
    ['no URL', 'nonsense'],
    ['empty', ''],
    ['another scheme', 'ftp://upstream.example'],
    ['a path alone', '/api'],
    ['a name and a port', 'localhost:8000'],
    ['credentials', 'http://me:pass@upstream.example'],
    ['a user', 'http://me@upstream.example'],
    ['a query', 'http://upstream.example/?x=1'],
    ['a fragment', 'http://upstream.example/#x'],
  ])('an upstream with %s is an error', (_, upstream) => {
    expect(() => createGate({ config, upstream })).toThrow(TypeError);
  });

  it('an upstream is a text or a URL', () => {
    expect(() => createGate({ config, upstream: 'http://upstream.example' })).not.toThrow();
    expect(() => createGate({ config, upstream: new URL('https://a.example/b') })).not.toThrow();
  });

  it.each([0, -1, Number.NaN, 86_401, Number.POSITIVE_INFINITY])(
    'a response timeout of %d seconds is an error',
    (responseTimeoutSeconds) => {
      const upstream = 'http://upstream.example';
      expect(() => createGate({ config, upstream, responseTimeoutSeconds })).toThrow(RangeError);
    },
  );

  it('include the guard’s: the realm, the size of a token, optional', async () => {
    expect(() => gated({ realm: 'a"b' })).toThrow(TypeError);
    expect(() => gated({ maxTokenBytes: 0 })).toThrow(RangeError);
    const { askBare, calls } = gated({ realm: 'memory', optional: true });
    expect((await askBare('/')).status).toBe(200);
    const refused = await askBare('/', { headers: { authorization: 'Bearer x' } });
    expect(refused.headers.get('www-authenticate')).toBe(
      'Bearer realm="memory", error="invalid_token"',
    );
    expect(calls).toHaveLength(1);
  });

  it('with authentication off everything passes', async () => {
    const { askBare, calls } = gated({ config: configOf({ ZEP_AUTH_REQUIRED: 'false' }) });
    expect((await askBare('/')).status).toBe(200);
    expect((await askBare('/', { headers: { authorization: 'Bearer x' } })).status).toBe(200);
    expect(calls.map(({ headers }) => headers['authorization'])).toEqual([undefined, undefined]);
  });
});
