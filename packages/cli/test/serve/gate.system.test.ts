// The gate over real sockets: what reaches the upstream, and what reaches the client, byte for byte.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SECRET, secretNamed, tokenOf } from '../made-tokens.ts';
import { exchange, openRaw, parseResponse, type RawResponse } from '../raw-http.ts';
import { type Recorded, startUpstream, type Upstream } from '../recording-upstream.ts';
import { type Serving, startServe } from '../serving.ts';

const TOKEN = tokenOf({ sub: 'alice' });
const AUTHORIZATION = `Authorization: Bearer ${TOKEN}`;
/** For what takes a moment on a busy machine. */
const PATIENT = { timeout: 10_000 };
const MIB = 1024 * 1024;

let upstream: Upstream;
let gate: Serving;
/** The same upstream behind a base path, with a short time limit and the header left. */
let strict: Serving;

beforeAll(async () => {
  upstream = await startUpstream();
  const env = { ZEP_AUTH_SECRET: SECRET };
  [gate, strict] = await Promise.all([
    startServe(['--upstream', upstream.url], { env }),
    startServe(
      ['--upstream', `${upstream.url}/base/`, '--timeout', '1', '--forward-authorization'],
      { env },
    ),
  ]);
});
afterEach(() => {
  upstream.handle(undefined);
  upstream.requests.length = 0;
});
afterAll(async () => {
  expect(await Promise.all([gate.stop(), strict.stop()])).toEqual([0, 0]);
  await upstream.close();
  for (const { stdout, stderr } of [gate, strict]) {
    expect(stdout()).toMatch(/^listening on [^\n]+\n$/);
    expect(stderr()).not.toMatch(/\bat \S+:\d+:\d+|unexpected/);
    expect(stderr()).not.toContain(TOKEN);
  }
});

/** A request that asks for the connection to be closed, with a good token unless it has other credentials. */
const send = (
  start: string,
  fields: readonly string[] = [],
  { body = '', port = gate.port, credentials = [AUTHORIZATION] as readonly string[] } = {},
): Promise<RawResponse> =>
  exchange(
    port,
    [
      `${start} HTTP/1.1`,
      'Host: gate.example',
      ...credentials,
      ...fields,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );

const only = (): Recorded => {
  expect(upstream.requests).toHaveLength(1);
  return upstream.requests[0] as Recorded; // by the line above
};

describe('the target that reaches the upstream', () => {
  it.each([
    ['/', '/'],
    ['/a/b?c=d&e=%20f', '/a/b?c=d&e=%20f'],
    ['/a%2Fb%3Fc/%C3%A9', '/a%2Fb%3Fc/%C3%A9'],
    ["/a;b=c,d:e@f!$&'()*+=~", "/a;b=c,d:e@f!$&'()*+=~"],
    ['//evil.example/x', '//evil.example/x'],
    ['///evil.example/x', '///evil.example/x'],
    ['/@evil.example/x', '/@evil.example/x'],
    ['/.evil.example', '/.evil.example'],
    ['/a//b/', '/a//b/'],
    ['/?', '/?'],
    ['/a?b?c=/../d', '/a?b?c=/../d'],
    ['/a/../b', '/a/../b'],
    ['/a/%2e%2e/b', '/a/%2e%2e/b'],
    ['/../../etc/passwd', '/../../etc/passwd'],
    ['/%2E%2e/%2e./x', '/%2E%2e/%2e./x'],
    ['/a\\..\\b', '/a\\..\\b'],
    ['/a?b=\'"<>`{}|^', '/a?b=\'"<>`{}|^'],
  ])('%s arrives as %s, at the upstream and nowhere else', async (target, expected) => {
    const { status } = await send(`GET ${target}`);
    expect(status).toBe(200);
    expect(only()).toMatchObject({ method: 'GET' });
    expect(only().target).toBe(expected);
    expect(only().headers.get('host')).toEqual([`127.0.0.1:${upstream.port}`]);
  });

  it.each(['http://evil.example/x?y', 'http://evil.example:444/x?y'])(
    'the absolute form %s asks the upstream for its path, and no other host',
    async (target) => {
      expect((await send(`GET ${target}`)).status).toBe(200);
      expect(only().target).toBe('/x?y');
      expect(only().headers.get('host')).toEqual([`127.0.0.1:${upstream.port}`]);
    },
  );

  it.each(['https://gate.example/x', 'HTTPS://gate.example/x'])(
    'the absolute form %s is refused: the connection has no TLS',
    async (target) => {
      expect((await send(`GET ${target}`)).status).toBe(400);
      expect(upstream.requests).toEqual([]);
    },
  );

  it('the absolute form with credentials in it is refused', async () => {
    const { status } = await send('GET http://user:pass@evil.example/x?y');
    expect([400, 500]).toContain(status);
    expect(upstream.requests).toEqual([]);
  });

  it.each(['ftp://evil.example/x', 'evil.example:443', '*', 'x', 'file:///etc/passwd'])(
    'the odd form %s never reaches the upstream as another host or path',
    async (target) => {
      const { status } = await send(`GET ${target}`);
      expect([400, 404, 502]).toContain(status);
      expect(upstream.requests).toEqual([]);
    },
  );

  it.each([
    ['/x', '/base/x'],
    ['/', '/base/'],
    ['//evil.example/x', '/base//evil.example/x'],
    ['/a/../x', '/base/a/../x'],
  ])('%s stays below the base path, as %s', async (target, expected) => {
    const { status } = await send(`GET ${target}`, [], { port: strict.port });
    expect(status).toBe(200);
    expect(only().target).toBe(expected);
  });

  it.each(['/a/../../x', '/../x', '/%2e%2e/x', '/..%2fx', '/..;/x', '/..\\x'])(
    '%s, which leads out of the base path, is refused',
    async (target) => {
      expect((await send(`GET ${target}`, [], { port: strict.port })).status).toBe(400);
      expect(upstream.requests).toEqual([]);
    },
  );

  it.each([
    '/healthz/../admin',
    '/healthz/%2e%2e/admin',
    '/admin/../healthz/x',
    '/healthz%2f..%2fadmin',
    '/healthz;/admin',
    '//healthz',
    '/healthz/',
    '/Healthz',
    '/%68ealthz',
    '/healthz\\..\\admin',
    'http://gate.example//healthz',
  ])('%s is no public path', async (target) => {
    const { status } = await send(`GET ${target}`, [], { credentials: [] });
    expect([400, 401]).toContain(status);
    expect(upstream.requests).toEqual([]);
  });

  it('a public path passes without a token, and a token there is not forwarded', async () => {
    for (const credentials of [[], [AUTHORIZATION], ['Authorization: Bearer x']]) {
      for (const port of [gate.port, strict.port]) {
        expect((await send('GET /healthz?x=1', [], { credentials, port })).status).toBe(200);
      }
    }
    expect(upstream.requests).toHaveLength(6);
    for (const { headers } of upstream.requests) expect(headers.has('authorization')).toBe(false);
  });
});

describe('the headers that reach the upstream', () => {
  it('are the client’s own, without the token', async () => {
    await send('GET /x', [
      'Accept: text/plain',
      'X-Zep-Id: 5',
      'Cookie: a=1; b=2',
      'User-Agent: mine/1',
    ]);
    const { headers } = only();
    expect(headers.get('accept')).toEqual(['text/plain']);
    expect(headers.get('x-zep-id')).toEqual(['5']);
    expect(headers.get('cookie')).toEqual(['a=1; b=2']);
    expect(headers.get('user-agent')).toEqual(['mine/1']);
    expect(headers.has('authorization')).toBe(false);
    expect(headers.has('accept-encoding')).toBe(false);
    expect(headers.get('via')).toEqual(['1.1 zep-auth']);
    expect(JSON.stringify([...headers])).not.toContain(TOKEN);
  });

  it('have the token where that was asked for', async () => {
    await send('GET /x', [], { port: strict.port });
    expect(only().headers.get('authorization')).toEqual([`Bearer ${TOKEN}`]);
  });

  it('say whose request it is in the gate’s own words, whatever the client claims', async () => {
    await send('GET /x', [
      'Forwarded: for=6.6.6.6',
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Port: 6',
      'X-Forwarded-Prefix: /evil',
      'x_forwarded_for: 6.6.6.6',
      'X-Real-IP: 6.6.6.6',
      'X-Auth-Subject: admin',
      'x-auth-scope: everything',
      'X_Auth_Subject: admin',
      'X-Auth-Whatever: 6.6.6.6',
    ]);
    const { headers } = only();
    expect(headers.get('x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(headers.get('x-forwarded-proto')).toEqual(['http']);
    expect(headers.get('x-forwarded-host')).toEqual(['gate.example']);
    expect(
      [...headers.keys()].filter((name) => /forwarded|real|auth|^x_/.test(name)).sort(),
    ).toEqual(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']);
    expect(JSON.stringify([...headers])).not.toMatch(/6\.6\.6\.6|evil|admin|everything/);
  });

  it('are not those of the connection: hop-by-hop ones, and those that Connection names', async () => {
    const response = await exchange(
      gate.port,
      [
        'GET /x HTTP/1.1',
        'Host: gate.example',
        AUTHORIZATION,
        'Connection: close, X-Secret-Hop, x-other-hop',
        'X-Secret-Hop: 1',
        'X-Other-Hop: 2',
        'X-Kept: 3',
        'Keep-Alive: timeout=5',
        'Proxy-Connection: keep-alive',
        'Proxy-Authorization: Basic eA==',
        'TE: gzip, trailers',
        '',
        '',
      ].join('\r\n'),
    );
    expect(response.status).toBe(200);
    const { headers } = only();
    expect(headers.get('x-kept')).toEqual(['3']);
    expect(headers.get('te')).toEqual(['trailers']); // the gate passes them on
    for (const name of [
      'x-secret-hop',
      'x-other-hop',
      'keep-alive',
      'proxy-connection',
      'proxy-authorization',
    ]) {
      expect({ name, isThere: headers.has(name) }).toEqual({ name, isThere: false });
    }
    expect(headers.get('connection')).not.toEqual(
      expect.arrayContaining([expect.stringContaining('hop')]),
    );
  });

  it('cannot lose the gate’s own words through Connection', async () => {
    await exchange(
      gate.port,
      `GET /x HTTP/1.1\r\nHost: gate.example\r\n${AUTHORIZATION}\r\nConnection: close, X-Forwarded-For, X-Forwarded-Proto, Via\r\n\r\n`,
    );
    expect(only().headers.get('x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(only().headers.get('x-forwarded-proto')).toEqual(['http']);
    expect(only().headers.get('via')).toEqual(['1.1 zep-auth']);
  });

  it('cannot be taken from the guard through Connection: the token counts', async () => {
    const { status } = await exchange(
      gate.port,
      `GET /x HTTP/1.1\r\nHost: gate.example\r\nConnection: close, Authorization\r\n\r\n`,
    );
    expect(status).toBe(401);
    expect(upstream.requests).toEqual([]);
  });

  it('of a preflight are what the protocol needs and nothing else', async () => {
    const { status } = await send(
      'OPTIONS /x?y',
      [
        'Origin: https://app.example',
        'Access-Control-Request-Method: PUT',
        'Cookie: a=1',
        'X-Other: 1',
      ],
      { credentials: [] },
    );
    expect(status).toBe(200);
    expect(only()).toMatchObject({ method: 'OPTIONS', target: '/x' });
    expect(only().headers.get('origin')).toEqual(['https://app.example']);
    expect(only().headers.get('access-control-request-method')).toEqual(['PUT']);
    expect(only().headers.has('cookie')).toBe(false);
    expect(only().headers.has('x-other')).toBe(false);
  });
});

describe('credentials that are not one good token', () => {
  const CHALLENGE = 'Bearer realm="api"';
  it.each([
    ['none', [], 401, CHALLENGE],
    ['another scheme', ['Authorization: Basic YTpi'], 401, CHALLENGE],
    ['Api-Key', [`Authorization: Api-Key ${TOKEN}`], 401, CHALLENGE],
    ['a bare token', [`Authorization: ${TOKEN}`], 401, CHALLENGE],
    ['Bearer with nothing', ['Authorization: Bearer'], 401, CHALLENGE],
    ['Bearer with a space', ['Authorization: Bearer '], 401, CHALLENGE],
    ['a colon behind the scheme', [`Authorization: Bearer:${TOKEN}`], 401, CHALLENGE],
    ['two headers', [AUTHORIZATION, AUTHORIZATION], 400, `${CHALLENGE}, error="invalid_request"`],
    [
      'a bad header behind a good one',
      [AUTHORIZATION, 'authorization: Bearer x'],
      400,
      `${CHALLENGE}, error="invalid_request"`,
    ],
    ['a comma', [`${AUTHORIZATION}, Bearer x`], 400, `${CHALLENGE}, error="invalid_request"`],
    [
      'a token from elsewhere',
      [`Authorization: Bearer ${tokenOf({}, secretNamed('other'))}`],
      401,
      `${CHALLENGE}, error="invalid_token"`,
    ],
    [
      'a token with something behind it',
      [`${AUTHORIZATION} x`],
      401,
      `${CHALLENGE}, error="invalid_token"`,
    ],
    [
      'a token with a character of another script',
      ['Authorization: Bearer \xe9.\xe9.\xe9'],
      401,
      `${CHALLENGE}, error="invalid_token"`,
    ],
    ['a cookie', [`Cookie: jwt=${TOKEN}`], 401, CHALLENGE],
  ])('%s', async (_name, credentials, status, challenge) => {
    const response = await send(`GET /x?access_token=${TOKEN}&jwt=${TOKEN}`, [], { credentials });
    expect(response.status).toBe(status);
    expect(response.headers.get('www-authenticate')).toEqual([challenge]);
    expect(response.headers.get('content-type')).toEqual(['application/problem+json']);
    expect(response.body.toString()).not.toContain(TOKEN);
    expect(upstream.requests).toEqual([]);
  });

  it.each([
    ['Bearer', 1],
    ['bearer', 1],
    ['BEARER', 5],
  ])('the scheme %s with %d spaces is good', async (scheme, spaces) => {
    const credentials = [`Authorization: ${scheme}${' '.repeat(spaces)}${TOKEN}`];
    expect((await send('GET /x', [], { credentials })).status).toBe(200);
  });

  it('a tab behind the scheme is refused', async () => {
    const response = await send('GET /x', [], { credentials: [`Authorization: Bearer\t${TOKEN}`] });
    expect(response.status).toBe(401);
    expect(upstream.requests).toEqual([]);
  });

  it.each([
    ['a folded header', [`Authorization: Bearer\r\n ${TOKEN}`]],
    ['a fold behind the token', [`${AUTHORIZATION}\r\n\t`]],
    ['a bare line feed', ['X-A: b\nX-Auth-Subject: admin', AUTHORIZATION]],
    ['a space before the colon', [`Authorization : Bearer ${TOKEN}`]],
    ['two lengths', [AUTHORIZATION, 'Content-Length: 0', 'Content-Length: 5']],
    ['a length beside chunks', [AUTHORIZATION, 'Content-Length: 5', 'Transfer-Encoding: chunked']],
  ])('%s never reaches the upstream', async (_name, credentials) => {
    const response = await send('GET /x', [], { credentials });
    expect([400, 401]).toContain(response.status);
    expect(upstream.requests).toEqual([]);
  });
});

describe('methods and protocols that are not let through', () => {
  it('TRACE is answered 405 with what is allowed', async () => {
    for (const credentials of [[], [AUTHORIZATION]]) {
      const response = await send('TRACE /x', [], { credentials });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')?.[0]).toContain('GET');
    }
    expect(upstream.requests).toEqual([]);
  });

  it('CONNECT is answered 405 with what is allowed', async () => {
    for (const target of [`127.0.0.1:${upstream.port}`, 'evil.example:443']) {
      const response = await send(`CONNECT ${target}`);
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')?.[0]).toContain('GET');
    }
    expect(upstream.requests).toEqual([]);
  });

  it('CONNECT with more behind it is answered once, and nothing behind it is carried out', async () => {
    const { socket, closed } = await openRaw(gate.port);
    socket.write(
      `CONNECT 127.0.0.1:${upstream.port} HTTP/1.1\r\nHost: x\r\n\r\nGET /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n\r\n`,
    );
    const response = parseResponse(await closed);
    expect({ status: response.status, rest: String(response.rest) }).toEqual({
      status: 405,
      rest: '',
    });
    expect(upstream.requests).toEqual([]);
  });

  it.each(['h2', 'HTTP/2.0', 'h2c, websocket', 'TLS/1.2'])(
    'an upgrade to %s is answered 501',
    async (protocol) => {
      const response = await exchange(
        gate.port,
        `GET /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      );
      expect(response.status).toBe(501);
      expect(upstream.requests).toEqual([]);
    },
  );

  it('an offer of h2c is passed over as often as it comes, and leaves no listener behind', async () => {
    const { socket, until, take } = await openRaw(gate.port);
    const offer = `GET /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n`;
    for (let i = 0; i < 15; i++) {
      socket.write(offer);
      await until((bytes) => parseResponse(bytes, 'GET', false).isWhole);
      take();
    }
    socket.destroy();
    expect(upstream.requests).toHaveLength(15);
    expect(gate.stderr()).not.toContain('MaxListeners');
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    '%s is let through as it is',
    async (method) => {
      expect((await send(`${method} /x`)).status).toBe(200);
      expect(only().method).toBe(method);
      expect(only().headers.has('transfer-encoding')).toBe(false);
    },
  );
});

describe('what reaches the client', () => {
  it('is a redirect as it came, which the gate does not follow', async () => {
    upstream.handle((_request, response) => {
      response.writeHead(302, { location: 'http://evil.example/' }).end();
    });
    const response = await send('GET /x');
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toEqual(['http://evil.example/']);
    expect(upstream.requests).toHaveLength(1);
  });

  it('is each Set-Cookie on a line of its own, and all other fields', async () => {
    upstream.handle((_request, response) => {
      response.setHeader('set-cookie', ['a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT', 'b=2']);
      response.setHeader('x-zep-version', '0.27.0');
      response.writeHead(418).end('tea');
    });
    const response = await send('GET /x');
    expect({ status: response.status, body: String(response.body) }).toEqual({
      status: 418,
      body: 'tea',
    });
    expect(response.headers.get('set-cookie')).toEqual([
      'a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT',
      'b=2',
    ]);
    expect(response.headers.get('x-zep-version')).toEqual(['0.27.0']);
    expect(response.headers.get('date')).toHaveLength(1);
  });

  it('is nothing of the connection to the upstream', async () => {
    upstream.handle((_request, response) => {
      response.writeHead(200, {
        connection: 'close, X-Up-Hop',
        'x-up-hop': '1',
        'keep-alive': 'timeout=99',
        'x-kept': '1',
      });
      response.end('x');
    });
    const { headers } = await send('GET /x');
    expect(headers.get('x-kept')).toEqual(['1']);
    expect(headers.has('x-up-hop')).toBe(false);
    expect(headers.get('keep-alive') ?? []).not.toContain('timeout=99');
  });

  it('is no body where there is none: 204, 304, HEAD', async () => {
    for (const [start, status] of [
      ['GET /x', 204],
      ['GET /x', 304],
      ['HEAD /x', 200],
    ] as const) {
      upstream.handle((_request, response) => {
        response.writeHead(status, status === 200 ? { 'content-length': '5' } : {}).end();
      });
      const response = await send(start);
      expect({ status: response.status, rest: String(response.rest) }).toEqual({
        status,
        rest: '',
      });
      if (status === 200) expect(response.headers.get('content-length')).toEqual(['5']);
    }
  });

  it('is compressed where the client and the upstream agree on that', async () => {
    const { gunzipSync, gzipSync } = await import('node:zlib');
    upstream.handle((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('hello'));
    });
    const response = await send('GET /x', ['Accept-Encoding: gzip']);
    expect(only().headers.get('accept-encoding')).toEqual(['gzip']);
    expect({ body: String(gunzipSync(response.body)), isWhole: response.isWhole }).toEqual({
      body: 'hello',
      isWhole: true,
    });
    expect(response.headers.get('content-encoding')).toEqual(['gzip']);
  });

  it('is the answer to each of several pipelined requests, in order', async () => {
    upstream.handle((request, response) => {
      response.end(`answer to ${request.url}`);
    });
    const { socket, closed } = await openRaw(gate.port);
    const request = (path: string, more = ''): string =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n${more}\r\n`;
    socket.write(
      request('/1') +
        `GET /2 HTTP/1.1\r\nHost: x\r\n\r\n` +
        request('/3') +
        request('/4', 'Connection: close\r\n'),
    );
    let bytes = await closed;
    const answers: string[] = [];
    for (let i = 0; i < 4; i++) {
      const { status, body, rest } = parseResponse(bytes);
      answers.push(status === 200 ? String(body) : String(status));
      bytes = rest;
    }
    expect(answers).toEqual(['answer to /1', '401', 'answer to /3', 'answer to /4']);
    expect(bytes).toHaveLength(0);
    expect(upstream.requests.map(({ target }) => target)).toEqual(['/1', '/3', '/4']);
  });
});

describe('bodies', { timeout: 30_000 }, () => {
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const big = randomBytes(50 * MIB);
  const bigHash = sha256(big);

  const readAll = async (request: IncomingMessage): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };

  it('arrive with their length or in chunks, as they were sent', async () => {
    upstream.handle(async (request, response) => {
      response.end(`${String(await readAll(request))}|${request.headers['content-length']}`);
    });
    const sized = await send('POST /x', ['Content-Length: 5', 'Content-Type: text/plain'], {
      body: 'hello',
    });
    expect(String(sized.body)).toBe('hello|5');
    const chunked = await send('POST /x', ['Transfer-Encoding: chunked'], {
      body: '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
    });
    expect(String(chunked.body)).toBe('hello|undefined');
    const empty = await send('POST /x', ['Content-Length: 0']);
    expect(String(empty.body)).toBe('|0');
    const withoutLength = await send('POST /x');
    expect(withoutLength.status).toBe(200);
    expect(String(withoutLength.body)).toMatch(/^\|/);
  });

  it('are asked for with 100 Continue, and Expect goes no further', async () => {
    upstream.handle(async (request, response) => {
      response.end(String(await readAll(request)));
    });
    const client = await openRaw(gate.port);
    client.socket.write(
      `POST /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
    );
    await client.until((bytes) => bytes.includes('HTTP/1.1 100 Continue\r\n\r\n'));
    client.socket.write('hello');
    const response = parseResponse(await client.closed);
    expect({ status: response.status, body: String(response.body) }).toEqual({
      status: 200,
      body: 'hello',
    });
    expect(only().headers.has('expect')).toBe(false);
  });

  it('of 50 MiB go up unchanged, and begin to arrive before they are all sent', async () => {
    const hash = createHash('sha256');
    let size = 0;
    const arriving = new Promise<void>((resolve) => {
      upstream.handle((request, response) => {
        request.on('data', (chunk: Buffer) => {
          hash.update(chunk);
          size += chunk.length;
          resolve();
        });
        request.on('end', () => response.end(`${size} ${hash.digest('hex')}`));
      });
    });
    const client = await openRaw(gate.port);
    client.socket.write(
      `PUT /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\nContent-Length: ${big.length}\r\nConnection: close\r\n\r\n`,
    );
    client.socket.write(big.subarray(0, MIB));
    await arriving;
    client.socket.write(big.subarray(MIB));
    const response = parseResponse(await client.closed);
    expect(String(response.body)).toBe(`${big.length} ${bigHash}`);
  });

  it('of 50 MiB come down unchanged, and begin to arrive before they are all sent', async () => {
    let finish = (): void => {};
    upstream.handle((_request, response) => {
      response.writeHead(200, { 'content-length': String(big.length) });
      response.write(big.subarray(0, MIB));
      finish = () => response.end(big.subarray(MIB));
    });
    const hash = createHash('sha256');
    let [size, isFinished] = [0, false];
    const response = await fetch(`${gate.url}/x`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(response.headers.get('content-length')).toBe(String(big.length));
    for await (const chunk of response.body ?? []) {
      hash.update(chunk);
      size += chunk.length;
      if (!isFinished) finish();
      isFinished = true;
    }
    expect({ size, hash: hash.digest('hex') }).toEqual({ size: big.length, hash: bigHash });
  });

  /** Waits until `count` has stood still for a while: whoever sends has been made to wait. */
  const untilStill = async (count: () => number): Promise<number> => {
    let [last, stillFor] = [-1, 0];
    await vi.waitFor(
      () => {
        stillFor = count() === last ? stillFor + 1 : 0;
        last = count();
        expect(stillFor).toBeGreaterThanOrEqual(10);
      },
      { interval: 20, timeout: 20_000 },
    );
    return last;
  };

  it('wait for a slow upstream: what it does not read, the client cannot send', async () => {
    let reading: IncomingMessage | undefined;
    upstream.handle((request, response) => {
      reading = request; // and not read
      request.once('end', () => response.end('done'));
    });
    const client = await openRaw(gate.port);
    client.socket.write(
      `PUT /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\nContent-Length: ${big.length}\r\nConnection: close\r\n\r\n`,
    );
    let sent = 0;
    for (let at = 0; at < big.length; at += MIB) {
      client.socket.write(big.subarray(at, at + MIB), () => {
        sent += MIB;
      });
    }
    await vi.waitFor(() => expect(reading).toBeDefined(), PATIENT);
    // The kernel keeps some megabytes on both ways; the gate keeps next to nothing.
    expect(await untilStill(() => sent)).toBeLessThan(40 * MIB);
    reading?.resume();
    expect(String(parseResponse(await client.closed).body)).toBe('done');
  });

  it('wait for a slow client: what it does not read, the upstream cannot send', async () => {
    let sent = 0;
    upstream.handle((_request, response) => {
      for (let at = 0; at < big.length; at += MIB) {
        response.write(big.subarray(at, at + MIB), () => {
          sent += MIB;
        });
      }
      response.end();
    });
    const client = await openRaw(gate.port);
    client.socket.pause();
    client.socket.write(
      `GET /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\nConnection: close\r\n\r\n`,
    );
    await vi.waitFor(() => expect(upstream.requests).toHaveLength(1), PATIENT);
    expect(await untilStill(() => sent)).toBeLessThan(40 * MIB);
    client.socket.destroy();
  });

  it('come down piece by piece, as events do', async () => {
    let push = (_text: string): void => {};
    upstream.handle((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      push = (text) => response.write(text);
    });
    const client = await openRaw(gate.port);
    client.socket.write(`GET /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n\r\n`);
    await client.until((bytes) => bytes.includes('text/event-stream'));
    for (const event of ['data: one\n\n', 'data: two\n\n']) {
      push(event);
      await client.until((bytes) => bytes.includes(event));
    }
    client.socket.destroy();
  });
});

describe('an upstream or a client that fails', () => {
  it('refuses connections: 502 as a problem document, and a word to the operator', async () => {
    const gone = await startUpstream();
    const { port, stop, messages } = await startServe(['--upstream', gone.url], {
      env: { ZEP_AUTH_SECRET: SECRET },
    });
    await gone.close();
    const response = await send('POST /x?a=b', ['Content-Length: 5'], { body: 'hello', port });
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toEqual(['application/problem+json']);
    expect(JSON.parse(String(response.body))).toEqual({
      type: 'about:blank',
      title: 'Bad Gateway',
      status: 502,
      detail: expect.any(String),
    });
    expect(await stop()).toBe(0);
    expect(messages()).toEqual([
      expect.stringMatching(
        /^failed POST \/x: ERR_UPSTREAM_UNREACHABLE, the upstream did not answer \(ECONNREFUSED\); status=502 client=127\.0\.0\.1 id=/,
      ),
    ]);
  });

  it('hangs: 504 after the time that --timeout gives, and the upstream is let go', async () => {
    let closed: Promise<unknown> | undefined;
    upstream.handle((_request, response) => {
      closed = once(response, 'close');
    });
    const response = await send('GET /x', [], { port: strict.port });
    expect(response.status).toBe(504);
    expect(JSON.parse(String(response.body))).toMatchObject({
      status: 504,
      title: 'Gateway Timeout',
    });
    await closed;
    expect(strict.stderr()).toContain('ERR_UPSTREAM_TIMEOUT');
  });

  it('takes a day over its body: which has no limit', async () => {
    let finish = (): void => {};
    upstream.handle((_request, response) => {
      response.write('slow ');
      finish = () => response.end('but whole');
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const client = await openRaw(strict.port);
      client.socket.write(
        `GET /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\nConnection: close\r\n\r\n`,
      );
      await client.until((bytes) => bytes.includes('slow '));
      vi.advanceTimersByTime(86_400_000);
      finish();
      const { body, isWhole } = parseResponse(await client.closed);
      expect({ body: String(body), isWhole }).toEqual({ body: 'slow but whole', isWhole: true });
    } finally {
      vi.useRealTimers();
    }
  });

  it('answers something that is not HTTP: 502', async () => {
    const odd = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.end('SSH-2.0-x\r\n');
    }).listen(0, '127.0.0.1');
    await once(odd, 'listening');
    const address = odd.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const serving = await startServe(['--upstream', `http://127.0.0.1:${port}`], {
      env: { ZEP_AUTH_SECRET: SECRET },
    });
    expect((await send('GET /x', [], { port: serving.port })).status).toBe(502);
    expect(await serving.stop()).toBe(0);
    odd.close();
    expect(serving.messages()).toEqual([
      expect.stringMatching(/^failed GET \/x: ERR_UPSTREAM_UNREACHABLE/),
    ]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['with a length', (response) => response.writeHead(200, { 'content-length': '1000' })],
    ['in chunks', (response) => response.writeHead(200)],
  ])(
    'dies half-way %s: the client sees a broken connection, not a clean end',
    async (_name, begin) => {
      const before = gate.stderr();
      let die = (): void => {};
      upstream.handle((request, response) => {
        begin(response);
        response.write('half');
        die = () => request.socket.destroy();
      });
      const client = await openRaw(gate.port);
      client.socket.write(`GET /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n\r\n`);
      await client.until((bytes) => bytes.includes('half'));
      die();
      const response = parseResponse(await client.closed);
      expect({
        status: response.status,
        body: String(response.body),
        isWhole: response.isWhole,
      }).toEqual({
        status: 200,
        body: 'half',
        isWhole: false,
      });
      expect(gate.stderr().slice(before.length)).not.toMatch(/\bat \S+:\d+|\n\D/);
      // And it goes on serving.
      upstream.handle(undefined);
      expect((await send('GET /after')).status).toBe(200);
    },
  );

  it('is a client that goes away during its upload: the upstream sees it break off', async () => {
    let aborted: Promise<unknown> | undefined;
    const arriving = new Promise<void>((resolve) => {
      upstream.handle((request) => {
        request.on('error', () => {});
        aborted = new Promise((done) => request.once('close', () => done(request.complete)));
        request.once('data', () => resolve());
      });
    });
    const client = await openRaw(gate.port);
    client.socket.write(
      `PUT /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\nContent-Length: 100\r\n\r\nhalf`,
    );
    await arriving;
    client.socket.destroy();
    expect(await aborted).toBe(false);
  });

  it('is a client that goes away during its upload in chunks: the upstream never takes it for whole', async () => {
    let aborted: Promise<unknown> | undefined;
    const arriving = new Promise<void>((resolve) => {
      upstream.handle((request) => {
        request.on('error', () => {});
        aborted = new Promise((done) => request.once('close', () => done(request.complete)));
        request.once('data', () => resolve());
      });
    });
    const client = await openRaw(gate.port);
    client.socket.write(
      `PUT /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`,
    );
    await arriving;
    client.socket.destroy();
    expect(await aborted).toBe(false);
  });

  it.each([
    ['before its answer', ''],
    ['during its answer', 'half'],
  ])('is a client that goes away %s: the upstream is let go', async (_name, sent) => {
    let closed: Promise<unknown> | undefined;
    upstream.handle((_request, response) => {
      closed = once(response, 'close');
      if (sent !== '') response.write(sent);
    });
    const client = await openRaw(gate.port);
    client.socket.write(`GET /x HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n\r\n`);
    await vi.waitFor(() => expect(closed).toBeDefined(), PATIENT);
    await client.until((bytes) => bytes.includes(sent));
    client.socket.destroy();
    await closed;
    upstream.handle(undefined);
    expect((await send('GET /after')).status).toBe(200);
  });

  it('is a client that goes away: no word on standard error but the reason, if any', () => {
    for (const line of gate.messages()) expect(line).toMatch(/^(?:failed|refused) /);
  });
});
