// Which headers and bodies reach the upstream: nothing that speaks for the gate, its proxy or somebody else.
import { describe, expect, it } from 'vitest';
import type { GateOptions } from '../src/index.ts';
import { gated } from './gated.ts';
import { rawRequest, streaming } from './raw-request.ts';
import { INVALID_TOKEN, readRefusal, refusal } from './refusal.ts';
import { forge, TOKEN } from './tokens.ts';

/** The headers that the upstream gets for these headers of a client. */
const forwarded = async (
  headers: Record<string, string>,
  options: Partial<GateOptions> = {},
): Promise<Readonly<Record<string, string>>> => {
  const { ask, calls } = gated(options);
  expect((await ask('/things', { headers })).status).toBe(200);
  return calls[0]?.headers ?? {};
};

describe('headers of the client', () => {
  it('are forwarded where they are nobody else’s business', async () => {
    const own = {
      accept: 'application/json',
      cookie: 'a=1; jwt=2',
      'if-none-match': '"1"',
      range: 'bytes=0-1',
      'user-agent': 'own',
      'x-authority': 'own',
      'x-request-id': '7',
    };
    expect(await forwarded(own)).toEqual({
      ...own,
      'accept-encoding': 'identity',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'gate.example',
      via: '1.1 zep-auth',
    });
  });

  it.each([
    ['connection', 'keep-alive'],
    ['keep-alive', 'timeout=5'],
    ['proxy-authenticate', 'Basic'],
    ['proxy-authorization', 'Basic YTpi'],
    ['proxy-connection', 'keep-alive'],
    ['te', 'trailers'],
    ['trailer', 'x-sum'],
    ['upgrade', 'h2c'],
    ['expect', '100-continue'],
    ['host', 'evil.example'],
    ['content-length', '0'],
  ])('stay behind where they belong to one connection: %s', async (name, value) => {
    expect(await forwarded({ [name]: value })).not.toHaveProperty([name]);
  });

  it('stay behind where Connection names them', async () => {
    const headers = await forwarded({
      connection: 'close, X-One ,x-two,, "x-quoted", x three, \u00fc, __proto__, :authority',
      'x-one': '1',
      'x-two': '2',
      'x-quoted': '3',
      'x-four': '4',
    });
    expect(headers).toMatchObject({ 'x-quoted': '3', 'x-four': '4', via: '1.1 zep-auth' });
    for (const name of ['connection', 'x-one', 'x-two']) expect(headers).not.toHaveProperty([name]);
  });

  it('cannot make the gate leave out its own by naming them in Connection', async () => {
    const headers = await forwarded(
      { connection: 'via, x-forwarded-for, x-forwarded-host, x-auth-subject, accept-encoding' },
      { forwardClaims: true, peerAddress: () => '203.0.113.9' },
    );
    expect(headers).toMatchObject({
      via: '1.1 zep-auth',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'gate.example',
      'x-auth-subject': 'alice',
      'accept-encoding': 'identity',
    });
  });
});

const SPOOFED = {
  forwarded: 'for=1.2.3.4',
  'x-forwarded-for': '1.2.3.4',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'public.example',
  'x-forwarded-port': '443',
  'x-forwarded-prefix': '/x',
  'x-forwarded-user': 'root',
  'x-real-ip': '1.2.3.4',
  x_forwarded_for: '1.2.3.4',
  'x-forwarded_for': '1.2.3.4',
  x_real_ip: '1.2.3.4',
  'x_real-ip': '1.2.3.4',
};

describe('headers that a proxy sets', () => {
  it('are the gate’s own where the peer is not trusted', async () => {
    const headers = await forwarded(SPOOFED, { peerAddress: () => '203.0.113.9' });
    expect(Object.entries(headers).filter(([name]) => /forward|real/.test(name))).toEqual([
      ['x-forwarded-for', '203.0.113.9'],
      ['x-forwarded-host', 'gate.example'],
      ['x-forwarded-proto', 'http'],
    ]);
  });

  it('are the same where the answer about trust is no', async () => {
    const headers = await forwarded(SPOOFED, { trustedProxy: () => false });
    expect(Object.entries(headers).filter(([name]) => /forward|real/.test(name))).toEqual([
      ['x-forwarded-host', 'gate.example'],
      ['x-forwarded-proto', 'http'],
    ]);
  });

  it('are kept from a trusted proxy, with the proxy’s own address added', async () => {
    const headers = await forwarded(SPOOFED, {
      trustedProxy: () => true,
      peerAddress: () => '203.0.113.9',
    });
    expect(headers).toMatchObject({
      forwarded: 'for=1.2.3.4',
      'x-forwarded-for': '1.2.3.4, 203.0.113.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'public.example',
      'x-forwarded-port': '443',
      'x-real-ip': '1.2.3.4',
    });
  });

  it('are set also where a trusted proxy sends none', async () => {
    const headers = await forwarded({}, { trustedProxy: () => true, peerAddress: () => '::1' });
    expect(headers).toMatchObject({
      'x-forwarded-for': '::1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'gate.example',
    });
  });

  it('name the host and the scheme that the client asked for', async () => {
    const { send, calls } = gated();
    await send(
      new Request('https://gate.example/', { headers: { host: 'api.example:8443' } }),
    );
    expect(calls[0]?.headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'api.example:8443',
    });
  });

  it('add to Via', async () => {
    expect(await forwarded({ via: '1.1 other' })).toMatchObject({ via: '1.1 other, 1.1 zep-auth' });
  });
});

describe('headers that tell whose request it is', () => {
  const spoofed = {
    'x-auth-subject': 'root',
    'X-Auth-Scope': 'admin',
    'x-auth-anything': '1',
    x_auth_subject: 'root',
    'x-auth_subject': 'root',
    'x_auth-scope': 'admin',
  };
  const identityOf = (headers: object) =>
    Object.entries(headers).filter(([name]) => /^x.auth/.test(name));

  it.each<[string, Partial<GateOptions>]>([
    ['by default', {}],
    ['from a trusted proxy', { trustedProxy: () => true }],
  ])('never come from the client: %s', async (_, options) => {
    expect(identityOf(await forwarded(spoofed, options))).toEqual([]);
  });

  it('nor without a token, on a public path or where it is optional', async () => {
    for (const options of [{ publicPaths: ['/things'] }, { optional: true }]) {
      const { askBare, calls } = gated({ ...options, forwardClaims: true });
      expect((await askBare('/things', { headers: spoofed })).status).toBe(200);
      expect(identityOf(calls[0]?.headers ?? {})).toEqual([]);
    }
  });

  it('come from the token with forwardClaims', async () => {
    expect(identityOf(await forwarded(spoofed, { forwardClaims: true }))).toEqual([
      ['x-auth-scope', 'read write'],
      ['x-auth-subject', 'alice'],
    ]);
  });

  it('are left out for claims that are not there', async () => {
    const authorization = `Bearer ${forge({})}`;
    const headers = await forwarded({ ...spoofed, authorization }, { forwardClaims: true });
    expect(identityOf(headers)).toEqual([]);
  });

  it('do not come from a token on a public path', async () => {
    const options = { publicPaths: ['/things'], forwardClaims: true };
    expect(identityOf(await forwarded({}, options))).toEqual([]);
  });

  it.each([
    ['letters beyond ASCII', { sub: 'J\u00f6rg' }],
    ['letters beyond Latin-1', { sub: '\u674e' }],
    ['a line break', { sub: 'a\r\nx-auth-scope: admin' }],
    ['a NUL', { sub: 'a\0' }],
    ['a space at an edge', { sub: ' alice' }],
    ['no characters', { sub: '' }],
    ['a number', { sub: 7 }],
    ['a list', { scope: ['read'] }],
    ['null', { scope: null }],
  ])('are never garbled: the request is refused for a claim of %s', async (_, claims) => {
    const headers = { authorization: `Bearer ${forge(claims)}` };
    const { ask, calls } = gated({ forwardClaims: true });
    expect(await readRefusal(await ask('/', { headers }))).toStrictEqual(
      refusal(401, INVALID_TOKEN, 'invalid_token'),
    );
    expect(calls).toEqual([]);
    expect((await gated().ask('/', { headers })).status).toBe(200);
  });
});

describe('Authorization', () => {
  it('stays behind by default', async () => {
    expect(await forwarded({})).not.toHaveProperty('authorization');
    expect(await forwarded({}, { trustedProxy: () => true })).not.toHaveProperty('authorization');
  });

  it('goes on with forwardAuthorization', async () => {
    expect(await forwarded({}, { forwardAuthorization: true })).toHaveProperty(
      'authorization',
      `Bearer ${TOKEN}`,
    );
  });

  it.each([`Bearer ${TOKEN}`, 'Bearer nonsense', 'Basic YTpi'])(
    'never goes on from a public path, where nobody has read it: %#',
    async (authorization) => {
      const { ask, calls } = gated({ forwardAuthorization: true });
      expect((await ask('/healthz', { headers: { authorization } })).status).toBe(200);
      expect(calls[0]?.headers).not.toHaveProperty('authorization');
    },
  );

  it('stays behind where another scheme passes an optional gate, unless asked for', async () => {
    const headers = { authorization: 'Basic YTpi' };
    expect(await forwarded(headers, { optional: true })).not.toHaveProperty('authorization');
  });
});

describe('the body of a request', () => {
  const bodyOf = async (init: RequestInit) => {
    const { ask, calls } = gated();
    await ask('/', init);
    const body = calls[0]?.init.body ?? null;
    return body === null ? null : new Response(body).text();
  };

  it('is forwarded with a length, chunked, and without a word about either', async () => {
    const body = 'a body';
    const method = 'PUT';
    expect(await bodyOf({ method, body, headers: { 'content-length': '6' } })).toBe(body);
    expect(await bodyOf({ method, body, headers: { 'transfer-encoding': 'chunked' } })).toBe(body);
    expect(await bodyOf({ method, body })).toBe(body);
  });

  it('keeps its length, so that the upstream need not take chunks', async () => {
    const { ask, calls } = gated();
    await ask('/', { method: 'PUT', body: 'a body', headers: { 'content-length': '6' } });
    expect(calls[0]?.headers).toHaveProperty('content-length', '6');
    await ask('/', { method: 'PUT', body: 'x', headers: { 'transfer-encoding': 'chunked' } });
    expect(calls[1]?.headers).not.toHaveProperty('transfer-encoding');
  });

  it('is none where there is none, or where it turns out to be empty', async () => {
    const empty = () => new ReadableStream({ start: (controller) => controller.close() });
    expect(await bodyOf({ method: 'DELETE' })).toBeNull();
    expect(await bodyOf(streaming({ method: 'DELETE', body: empty() }))).toBeNull();
    const headers = { 'content-length': '0' };
    expect(await bodyOf(streaming({ method: 'POST', body: empty(), headers }))).toBeNull();
  });

  it('is never claimed for GET and HEAD', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { send, calls } = gated();
      const headers = { 'content-length': '5' };
      await send(rawRequest({ url: 'http://gate.example/', method, headers }));
      expect(calls[0]?.headers).not.toHaveProperty('content-length');
      expect(calls[0]?.init.body ?? null).toBeNull();
    }
  });
});
