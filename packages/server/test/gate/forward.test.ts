// Which headers and bodies reach the upstream: none with which a client could pose as the gate, its proxy or another user.
import { describe, expect, it } from 'vitest';
import { rawRequest, streaming } from '../raw-request.ts';
import { forwarded } from './forwarded.ts';
import { gated } from './gated.ts';

describe('headers of the client', () => {
  it('are forwarded by default', async () => {
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

  it.each(['constructor', 'tostring', 'valueof', 'x-__proto__'])(
    'are forwarded under a name that every object has: %s',
    async (name) => {
      expect(await forwarded({ [name]: '1' })).toMatchObject({ [name]: '1' });
    },
  );

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
  ])('are not forwarded if they belong to one connection: %s', async (name, value) => {
    expect(await forwarded({ [name]: value })).not.toHaveProperty([name]);
  });

  it('are not forwarded if Connection names them', async () => {
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

  it('cannot remove the gate’s own by naming them in Connection', async () => {
    const headers = await forwarded(
      { connection: 'via, x-forwarded-for, x-forwarded-host, x-auth-subject, accept-encoding' },
      { forwardClaims: { sub: 'X-Auth-Subject' }, peerAddress: () => '203.0.113.9' },
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
  it('are the gate’s own if the peer is not trusted', async () => {
    const headers = await forwarded(SPOOFED, { peerAddress: () => '203.0.113.9' });
    expect(Object.entries(headers).filter(([name]) => /forward|real/.test(name))).toEqual([
      ['x-forwarded-for', '203.0.113.9'],
      ['x-forwarded-host', 'gate.example'],
      ['x-forwarded-proto', 'http'],
    ]);
  });

  it('are the gate’s own if trustedProxy returns false', async () => {
    const headers = await forwarded(SPOOFED, { trustedProxy: () => false });
    expect(Object.entries(headers).filter(([name]) => /forward|real/.test(name))).toEqual([
      ['x-forwarded-host', 'gate.example'],
      ['x-forwarded-proto', 'http'],
    ]);
  });

  it('are believed from a trusted proxy for three names, with the proxy’s own address added', async () => {
    const headers = await forwarded(SPOOFED, {
      trustedProxy: () => true,
      peerAddress: () => '203.0.113.9',
    });
    expect(Object.entries(headers).filter(([name]) => /forward|real/.test(name))).toEqual([
      ['x-forwarded-for', '1.2.3.4, 203.0.113.9'],
      ['x-forwarded-host', 'public.example'],
      ['x-forwarded-proto', 'https'],
    ]);
  });

  it('are let through by name, from a trusted proxy alone', async () => {
    const forwardHeaders = ['X-Real-IP', 'x-forwarded-prefix'];
    const trusted = await forwarded(SPOOFED, { forwardHeaders, trustedProxy: () => true });
    expect(trusted).toMatchObject({ 'x-real-ip': '1.2.3.4', 'x-forwarded-prefix': '/x' });
    expect(trusted).not.toHaveProperty(['x-forwarded-port']);
    for (const name of ['x_real_ip', 'x_real-ip']) expect(trusted).not.toHaveProperty([name]);
    const others = await forwarded(SPOOFED, { forwardHeaders, trustedProxy: () => false });
    for (const name of ['x-real-ip', 'x-forwarded-prefix']) {
      expect(others).not.toHaveProperty([name]);
    }
  });

  it('cannot be let through by name where no proxy is trusted', () => {
    expect(() => gated({ forwardHeaders: ['X-Real-IP'] })).toThrow(/trustedProxy/);
    expect(() => gated({ forwardHeaders: ['X-Auth-Token'] })).not.toThrow();
  });

  it.each([
    ['none', {}],
    ['empty ones', { 'x-forwarded-for': '', 'x-forwarded-proto': '', 'x-forwarded-host': '' }],
  ])('are set if a trusted proxy sends %s', async (_, sent) => {
    const headers = await forwarded(sent, { trustedProxy: () => true, peerAddress: () => '::1' });
    expect(headers).toMatchObject({
      'x-forwarded-for': '::1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'gate.example',
    });
  });

  it('name the host and the scheme that the client asked for', async () => {
    const { send, calls } = gated();
    await send(new Request('https://gate.example/', { headers: { host: 'api.example:8443' } }));
    expect(calls[0]?.headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'api.example:8443',
    });
  });

  it('add to Via', async () => {
    expect(await forwarded({ via: '1.1 other' })).toMatchObject({ via: '1.1 other, 1.1 zep-auth' });
  });
});

it('lets X-Auth-… through by name, from every client', async () => {
  const spelt = { 'x-auth-token': '1', x_auth_token: '2', 'x-auth-other': '3' };
  const headers = await forwarded(spelt, { forwardHeaders: ['X-Auth-Token'] });
  expect(headers).toMatchObject({ 'x-auth-token': '1' });
  for (const name of ['x_auth_token', 'x-auth-other']) expect(headers).not.toHaveProperty([name]);
});

it.each([
  'Remote-User',
  'X-Remote-User',
  'X-Remote-Groups',
  'X-Forwarded-User',
  'X-Forwarded-Email',
  'X-Forwarded-Groups',
  'X-Forwarded-Preferred-Username',
  'Client-IP',
  'X-Client-IP',
  'X-Cluster-Client-IP',
  'True-Client-IP',
  'CF-Connecting-IP',
  'CF-Connecting-IPv6',
  'Fastly-Client-IP',
  'Client-Cert',
  'Client-Cert-Chain',
  'X-Client-Cert',
  'X-ARR-ClientCert',
  'X-SSL-Client-Verify',
  'X-SSL-Client-S-DN',
  'SSL-Client-Cert',
  'X-Original-Host',
  'X-Host',
  'Front-End-Https',
  'Proxy',
  'Forwarded',
  'X-Goog-Authenticated-User-Email',
  'X-Amzn-Oidc-Data',
  'X-MS-Client-Principal',
  'Cf-Access-Authenticated-User-Email',
  'X-Authentik-Username',
  'X-Consumer-Username',
  'X-Vercel-Forwarded-For',
  'X-Nf-Client-Connection-IP',
  'X-Apigateway-Api-Userinfo',
  'X-Endpoint-API-UserInfo',
  'OIDC-Claim-Sub',
  'Mellon-Name-Id',
  'Shib-Identity-Provider',
  'Tailscale-User-Login',
  'ngrok-auth-user-email',
])('does not forward what only a proxy can say, in any spelling: %s', async (name) => {
  const spellings = ['-', '_', '.', '~', '!'].map((sign) => name.replaceAll('-', sign));
  const spelt = Object.fromEntries(spellings.map((spelling) => [spelling, 'root']));
  for (const isTrusted of [false, true]) {
    const headers = await forwarded(spelt, { trustedProxy: () => isTrusted });
    expect(Object.values(headers)).not.toContain('root');
  }
});

it.each([
  'X-Authority',
  'X-Api-Key',
  'X-User',
  'X-Zip',
  'X-Membership',
  'X-Tlsx',
  'X-Remoted',
  'X-Forwardable',
  'Accept_Encoding',
  'X-Client-Version',
  'X-MS-Client-Request-Id',
  'CF-Ray',
  'X-Userinfo-Format',
  'X-Is-Forwarded',
  'X-OIDC',
])('forwards what only resembles it: %s', async (name) => {
  expect(await forwarded({ [name]: 'own' })).toHaveProperty([name.toLowerCase()], 'own');
});

describe('the body of a request', () => {
  const bodyOf = async (init: RequestInit) => {
    const { ask, calls } = gated();
    await ask('/', init);
    const body = calls[0]?.init.body ?? null;
    return body === null ? null : new Response(body).text();
  };

  it('is forwarded with a length, in chunks, and with neither header', async () => {
    const body = 'a body';
    const method = 'PUT';
    expect(await bodyOf({ method, body, headers: { 'content-length': '6' } })).toBe(body);
    expect(await bodyOf({ method, body, headers: { 'transfer-encoding': 'chunked' } })).toBe(body);
    expect(await bodyOf({ method, body })).toBe(body);
  });

  it('keeps its length, so that the upstream does not need chunks', async () => {
    const { ask, calls } = gated();
    await ask('/', { method: 'PUT', body: 'a body', headers: { 'content-length': '6' } });
    expect(calls[0]?.headers).toHaveProperty('content-length', '6');
    await ask('/', { method: 'PUT', body: 'x', headers: { 'transfer-encoding': 'chunked' } });
    expect(calls[1]?.headers).not.toHaveProperty('transfer-encoding');
  });

  it('is left out if it is missing or empty', async () => {
    const empty = () => new ReadableStream({ start: (controller) => controller.close() });
    expect(await bodyOf({ method: 'DELETE' })).toBeNull();
    expect(await bodyOf(streaming({ method: 'DELETE', body: empty() }))).toBeNull();
    const headers = { 'content-length': '0' };
    expect(await bodyOf(streaming({ method: 'POST', body: empty(), headers }))).toBeNull();
  });

  it('is not announced for GET and HEAD', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { send, calls } = gated();
      const headers = { 'content-length': '5' };
      await send(rawRequest({ url: 'http://gate.example/', method, headers }));
      expect(calls[0]?.headers).not.toHaveProperty('content-length');
      expect(calls[0]?.init.body ?? null).toBeNull();
    }
  });
});

describe('what is forwarded with a public path', () => {
  const overrides = [
    'x-original-url',
    'x-rewrite-url',
    'x_original_url',
    'x-http-method-override',
    'x-http-method',
    'x-method-override',
  ];
  const headers = Object.fromEntries(overrides.map((name) => [name, '/admin']));

  it('does not turn it into another request', async () => {
    const { askBare, calls } = gated();
    await askBare('/healthz', { headers: { ...headers, accept: 'text/plain' } });
    expect(Object.keys(calls[0]?.headers ?? {}).filter((name) => overrides.includes(name))).toEqual(
      [],
    );
    expect(calls[0]?.headers).toMatchObject({ accept: 'text/plain' });
  });

  it('is unchanged with a token, which permits any request', async () => {
    const { ask, calls } = gated();
    await ask('/things', { headers });
    expect(calls[0]?.headers).toMatchObject(headers);
  });
});

it('does not let a client set the proxy of a CGI upstream', async () => {
  expect(await forwarded({ proxy: 'http://evil.example' })).not.toHaveProperty('proxy');
});

it.each(['x.auth.subject', 'x~auth~subject', 'x.forwarded.for', 'x!real!ip'])(
  'treats any character as the - that an upstream may read: %s',
  async (name) => {
    expect(await forwarded({ [name]: 'root' })).not.toHaveProperty([name]);
  },
);
