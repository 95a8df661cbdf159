// Upgrades through the gate on Node's streams: who gets one, what passes, and how it ends.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { openConnection, parseResponse, type RawConnection } from '@zep-auth/test-kit/http';
import { startUpstream, type Upstream } from '@zep-auth/test-kit/upstream';
import {
  acceptWebSocket,
  BINARY,
  CLOSE,
  createFrameParser,
  echo,
  type Frame,
  TEXT,
  toFrame,
} from '@zep-auth/test-kit/websocket';
import { WebSocket } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bearer, cookie, header, query, subprotocol } from '../../src/index.ts';
import { createNodeGate, type NodeGate, type NodeGateOptions } from '../../src/node/index.ts';
import { config, forge, OTHER_SECRET, TOKEN } from '../tokens.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Started {
  readonly port: number;
  readonly upstream: Upstream;
  readonly gate: NodeGate;
  readonly statuses: number[];
  readonly codes: string[];
}

const start = async (
  options: Partial<Omit<NodeGateOptions, 'config' | 'env'>> = {},
): Promise<Started> => {
  const upstream = await startUpstream();
  upstream.handleUpgrade((request, socket, head) => {
    acceptWebSocket(request, socket);
    echo(socket, head);
  });
  const [statuses, codes]: [number[], string[]] = [[], []];
  const gate = createNodeGate({
    config,
    upstream: upstream.url,
    onAnswer: (status) => statuses.push(status),
    onUpstreamError: ({ code }) => codes.push(code),
    onEnded: ({ code }) => codes.push(code),
    ...options,
  });
  const server = createServer(gate.handleRequest).on('upgrade', gate.handleUpgrade);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    await gate.close();
    server.close().closeAllConnections();
    await upstream.close();
  });
  return { port: (server.address() as AddressInfo).port, upstream, gate, statuses, codes };
};

const BEARER = `Authorization: Bearer ${TOKEN}`;
const HANDSHAKE = [
  'Host: gate.example',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
];

const toText = (start: string, fields: readonly string[]): string =>
  [`${start} HTTP/1.1`, ...fields, '', ''].join('\r\n');

/** Sends a request with the fields of a WebSocket, and more, and reads the head of the answer. */
const shake = async (
  port: number,
  fields: readonly string[] = [BEARER],
  start = 'GET /ws',
): Promise<RawConnection & { readonly head: ReturnType<typeof parseResponse> }> => {
  const connection = await openConnection(port);
  connection.socket.write(toText(start, [...HANDSHAKE, ...fields]), 'latin1');
  await connection.until((bytes) => bytes.includes('\r\n\r\n'));
  return { ...connection, head: parseResponse(connection.received(), 'GET', false) };
};

/** The whole answer to what is refused: the connection is closed after it. */
const refusal = async (
  port: number,
  fields: readonly string[],
  start = 'GET /ws',
  handshake = HANDSHAKE,
) => {
  const { socket, closed } = await openConnection(port);
  socket.write(toText(start, [...handshake, ...fields]), 'latin1');
  return parseResponse(await closed);
};

const open = async (
  port: number,
  {
    protocols = [],
    headers = { authorization: `Bearer ${TOKEN}` },
  }: { protocols?: string[]; headers?: object } = {},
): Promise<WebSocket> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?a=1`, {
    protocols,
    headers: headers as Record<string, string>,
  });
  socket.binaryType = 'arraybuffer';
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', (event) => reject(new Error(event.message)));
  });
  return socket;
};

const ask = (socket: WebSocket, data: Buffer | string): Promise<unknown> =>
  new Promise((resolve) => {
    socket.addEventListener('message', ({ data: answer }) => resolve(answer), { once: true });
    socket.send(data);
  });

const closeCode = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => {
    socket.addEventListener('close', ({ code }) => resolve(code));
  });

describe('a WebSocket with a good token', () => {
  it('passes both ways, and closes with the code of either side', async () => {
    const { port, upstream, statuses } = await start();
    const socket = await open(port);
    expect(await ask(socket, 'hello')).toBe('hello');
    const closed = closeCode(socket);
    socket.close(4000);
    expect(await closed).toBe(4000);
    expect(upstream.requests.map(({ target }) => target)).toEqual(['/ws?a=1']);
    expect(statuses).toEqual([101]);
  });

  it('passes messages of 16 MB whole', async () => {
    const { port } = await start();
    const message = randomBytes(16 * 1024 * 1024);
    const socket = await open(port);
    const answer = (await ask(socket, message)) as ArrayBuffer;
    expect(Buffer.from(answer).equals(message)).toBe(true);
    socket.close();
  });

  it('goes up with what the policy lets through, and comes back with what the upstream says', async () => {
    const { port, upstream } = await start({ forwardClaims: { sub: 'X-User' } });
    upstream.handleUpgrade((request, socket) => {
      acceptWebSocket(request, socket, [
        'Sec-WebSocket-Protocol: chat',
        'X-Own: 1',
        'Keep-Alive: 5',
      ]);
    });
    const { head } = await shake(port, [
      BEARER,
      'X-User: mallory',
      'X-Auth-User: mallory',
      'Sec-WebSocket-Extensions: permessage-deflate',
      'Sec-WebSocket-Protocol: chat, superchat',
      'Origin: https://elsewhere.example',
    ]);
    expect(head.status).toBe(101);
    expect(head.headers.get('x-own')).toEqual(['1']);
    expect(head.headers.get('sec-websocket-protocol')).toEqual(['chat']);
    expect(head.headers.get('sec-websocket-accept')).toEqual(['s3pPLMBiTxaQ9kYGzzhZRbK+xOo=']);
    expect(head.headers.get('upgrade')).toEqual(['websocket']);
    expect(head.headers.has('keep-alive')).toBe(false);
    const { rawHeaders } = upstream.requests[0] ?? { rawHeaders: [] };
    const pairs = rawHeaders.flatMap((name, i) => (i % 2 ? [] : [`${name}: ${rawHeaders[i + 1]}`]));
    expect(pairs).toEqual([
      `host: 127.0.0.1:${upstream.port}`,
      'connection: upgrade',
      'upgrade: websocket',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Extensions: permessage-deflate',
      'Sec-WebSocket-Protocol: chat, superchat',
      'Origin: https://elsewhere.example',
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Host: gate.example',
      'X-User: alice',
      'Via: 1.1 zep-auth',
    ]);
  });

  it('may bring its first bytes along: the upstream gets them once it has agreed, not before', async () => {
    const { port, upstream } = await start();
    let socketOfUpstream: Socket | undefined;
    let early = '';
    upstream.handleUpgrade((request, socket, head) => {
      early = String(head);
      socketOfUpstream = socket;
      // What comes before the answer would be another request.
      setImmediate(() => acceptWebSocket(request, socket));
    });
    const { socket } = await openConnection(port);
    socket.write(`${toText('GET /ws', [...HANDSHAKE, BEARER])}GET /smuggled HTTP/1.1\r\n\r\n`);
    await vi.waitFor(() => expect(socketOfUpstream).toBeDefined());
    const [chunk] = await once(socketOfUpstream as Socket, 'data');
    expect([early, String(chunk)]).toEqual(['', 'GET /smuggled HTTP/1.1\r\n\r\n']);
    socket.destroy();
  });

  it('may end in one direction, and go on in the other', async () => {
    const { port, upstream } = await start();
    const heard: string[] = [];
    upstream.handleUpgrade((_request, socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: own/1\r\nConnection: upgrade\r\n\r\n',
      );
      socket.on('data', (chunk) => heard.push(String(chunk)));
      socket.once('end', () => {
        socket.write('still ');
        setImmediate(() => socket.end('here'));
      });
    });
    const { socket, closed } = await openConnection(port);
    const own = HANDSHAKE.map((field) => field.replace('websocket', 'own/1'));
    socket.write(toText('POST /own', [...own, BEARER, 'Content-Length: 0']));
    socket.end('the last words');
    expect(String(await closed)).toMatch(/\r\n\r\nstill here$/);
    expect(heard.join('')).toBe('the last words');

    upstream.handleUpgrade((_request, up) => {
      up.end(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: own/1\r\nConnection: upgrade\r\n\r\nbye',
      );
      up.on('data', (chunk) => heard.push(String(chunk)));
    });
    const other = await openConnection(port);
    other.socket.allowHalfOpen = true;
    other.socket.write(toText('GET /own', [...own, BEARER]));
    await once(other.socket, 'end');
    other.socket.end(' after the end');
    await vi.waitFor(() => expect(heard.join('')).toBe('the last words after the end'));
  });

  it.each(['client', 'upstream'] as const)('breaks off for both when the %s does', async (side) => {
    const { port, upstream } = await start();
    const sockets: Socket[] = [];
    upstream.handleUpgrade((request, socket) => {
      acceptWebSocket(request, socket);
      socket.on('error', () => {}).once('end', () => socket.end());
      sockets.push(socket.resume());
    });
    const { socket, closed } = await shake(port);
    const [up] = sockets;
    const gone = new Promise((resolve) => up?.once('close', resolve));
    if (side === 'client') socket.resetAndDestroy();
    else up?.resetAndDestroy();
    await Promise.all([closed, gone]);
  });

  it('waits for a client that does not read, and loses nothing', async () => {
    const { port, upstream } = await start();
    const block = randomBytes(1024 * 1024);
    let written = 0;
    upstream.handleUpgrade((request, socket) => {
      acceptWebSocket(request, socket);
      const send = (): void => {
        while (written < 64 && socket.write(block)) written += 1;
        if (written < 64) written += 1;
        else socket.end();
      };
      socket.on('error', () => {}).on('drain', send);
      send();
    });
    const { socket, closed, received } = await shake(port);
    socket.pause();
    const seen = { before: -1 };
    await vi.waitFor(() => {
      const { before } = seen;
      seen.before = written;
      expect(written).toBe(before);
    });
    expect(written).toBeLessThan(40);
    socket.resume();
    await closed;
    const head = received().indexOf('\r\n\r\n') + 4;
    expect(received().length - head).toBe(64 * block.length);
  });
});

describe('the token of a WebSocket', () => {
  const sources = [bearer(), subprotocol(), header('x-api-key'), query('token'), cookie('jwt')];

  it('may be a subprotocol, which the upstream does not see; the answer names one that was offered', async () => {
    const { port, upstream } = await start({ sources });
    const socket = await open(port, { protocols: ['bearer', TOKEN], headers: {} });
    expect(socket.protocol).toBe('bearer');
    expect(await ask(socket, 'hello')).toBe('hello');
    socket.close();
    upstream.handleUpgrade((request, up, head) => {
      acceptWebSocket(request, up, ['Sec-WebSocket-Protocol: chat']);
      echo(up, head);
    });
    const chat = await open(port, { protocols: ['bearer', TOKEN, 'chat'], headers: {} });
    expect(chat.protocol).toBe('chat');
    chat.close();
    const offered = upstream.requests.map(({ headers }) => headers.get('sec-websocket-protocol'));
    expect(offered).toEqual([undefined, ['chat']]);
    expect(JSON.stringify(upstream.requests)).not.toContain(TOKEN);
  });

  it.each([
    ['a header', 'GET /ws', [`X-API-Key: ${TOKEN}`]],
    ['the query', `GET /ws?token=${TOKEN}&a=1`, []],
    [
      'a cookie of the same origin',
      'GET /ws',
      [`Cookie: jwt=${TOKEN}`, 'Origin: http://gate.example'],
    ],
  ])('may be in %s, which the upstream does not see', async (_, line, fields) => {
    const { port, upstream } = await start({ sources });
    const { head, socket } = await shake(port, fields, line);
    expect(head.status).toBe(101);
    socket.destroy();
    expect(upstream.requests).toHaveLength(1);
    expect(JSON.stringify(upstream.requests)).not.toContain(TOKEN);
  });

  const expired = forge({ exp: 1 });
  const foreign = forge({ sub: 'alice' }, undefined, OTHER_SECRET);
  it.each<[string, number, readonly string[]]>([
    ['no token', 401, []],
    ['a token of another secret', 401, [`Authorization: Bearer ${foreign}`]],
    ['an expired token', 401, [`Authorization: Bearer ${expired}`]],
    ['a bad subprotocol', 401, [`Sec-WebSocket-Protocol: bearer, ${foreign}`]],
    ['two tokens', 400, [BEARER, `Sec-WebSocket-Protocol: bearer, ${TOKEN}`]],
    ['two Authorization fields', 400, [BEARER, BEARER]],
    [
      'a cookie and a foreign Origin',
      403,
      [`Cookie: jwt=${TOKEN}`, 'Origin: https://evil.example'],
    ],
    ['a cookie and no Origin', 403, [`Cookie: jwt=${TOKEN}`]],
    ['two hosts', 400, [BEARER, 'Host: other.example']],
  ])('%s is %d, and the upstream sees nothing', async (_, status, fields) => {
    const { port, upstream, statuses } = await start({ sources });
    const answer = await refusal(port, fields);
    expect(answer).toMatchObject({ status, isWhole: true });
    expect(answer.headers.get('connection')).toEqual(['close']);
    expect(answer.headers.get('content-type')).toEqual(['application/problem+json']);
    expect(await upstream.connections()).toBe(0);
    expect(statuses).toEqual([status]);
  });

  it('is needed on a public path too, and for what looks like a preflight', async () => {
    const { port, upstream } = await start();
    expect((await refusal(port, [], 'GET /healthz')).status).toBe(401);
    expect(await upstream.connections()).toBe(0);
    const { head, socket } = await shake(port, [BEARER], 'GET /healthz');
    expect(head.status).toBe(101);
    socket.destroy();
    const preflight = ['Origin: https://a.example', 'Access-Control-Request-Method: GET'];
    expect((await refusal(port, preflight, 'OPTIONS /ws')).status).toBe(501);
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('an upgrade that is not let through', () => {
  const withUpgrade = (...values: readonly string[]) => [
    ...HANDSHAKE.filter((field) => !field.startsWith('Upgrade')),
    ...values.map((value) => `Upgrade: ${value}`),
  ];

  it.each([
    ['another version of HTTP', withUpgrade('h2'), []],
    ['HTTP/2.0', withUpgrade('HTTP/2.0'), []],
    ['TLS', withUpgrade('TLS/1.2'), []],
    ['a choice of protocols', withUpgrade('h2c, websocket'), []],
    ['two fields', withUpgrade('websocket', 'websocket'), []],
    ['a body with a length', HANDSHAKE, ['Content-Length: 5']],
    ['a body in chunks', HANDSHAKE, ['Transfer-Encoding: chunked']],
  ])('%s: 501', async (_, handshake, fields) => {
    const { port, upstream } = await start();
    expect(await refusal(port, [BEARER, ...fields], 'GET /ws', handshake)).toMatchObject({
      status: 501,
    });
    expect(await upstream.connections()).toBe(0);
  });

  it('HTTP/1.0 cannot upgrade', async () => {
    const { port, upstream } = await start();
    const { socket, closed } = await openConnection(port);
    socket.write(toText('GET /ws', [...HANDSHAKE, BEARER]).replace('HTTP/1.1', 'HTTP/1.0'));
    expect(parseResponse(await closed).status).toBe(501);
    expect(await upstream.connections()).toBe(0);
  });

  it('behind an answer that is not there yet, the connection ends', async () => {
    const { port, upstream } = await start();
    upstream.handle(() => {});
    const { socket, closed } = await openConnection(port);
    const first = toText('GET /slow', ['Host: gate.example', BEARER]);
    socket.write(first + toText('GET /ws', [...HANDSHAKE, BEARER]));
    expect(String(await closed)).toBe('');
    expect(upstream.requests.map(({ target }) => target)).not.toContain('/ws');
  });
});

describe('an offer of h2c', () => {
  const OFFER = [
    'Host: gate.example',
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
  ];

  it('is passed over: the request is answered as any other, and so is the next', async () => {
    const { port, upstream } = await start();
    upstream.handle((request, response) => {
      request.pipe(response);
    });
    const { socket, until, received } = await openConnection(port);
    socket.write(`${toText('POST /x', [...OFFER, BEARER, 'Content-Length: 5'])}he`);
    await vi.waitFor(() => expect(upstream.requests).toHaveLength(1));
    socket.write(`llo${toText('GET /y', ['Host: gate.example', BEARER])}`);
    await until((bytes) => bytes.toString().split('HTTP/1.1 200 OK').length === 3);
    expect(String(received())).toContain('2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n');
    expect(upstream.requests.map(({ target }) => target)).toEqual(['/x', '/y']);
    const [{ headers } = { headers: new Map() }] = upstream.requests;
    expect([headers.get('upgrade'), headers.get('http2-settings')]).toEqual([undefined, undefined]);
    socket.destroy();
  });

  it('ends the connection where Node may have dropped a field that frames the body', async () => {
    const { port, upstream } = await start();
    const inner = toText('GET /inner', ['Host: gate.example', BEARER]);
    const many = Array.from({ length: 1500 }, () => 'a:');
    const fields = [...OFFER, BEARER, ...many, `Content-Length: ${inner.length}`];
    const { socket, closed } = await openConnection(port);
    socket.write(toText('POST /outer', fields) + inner);
    expect(String(await closed)).toBe('');
    expect(upstream.requests).toEqual([]);
  });

  it('leaves no listener behind on its connection', async () => {
    const { port, upstream } = await start();
    const { socket, until } = await openConnection(port);
    const warned = vi.fn();
    process.on('warning', warned);
    for (let i = 1; i <= 15; i++) {
      socket.write(toText('GET /x', [...OFFER, BEARER]));
      await until((bytes) => bytes.toString().split('HTTP/1.1 200 OK').length === i + 1);
    }
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
    expect(upstream.requests).toHaveLength(15);
    socket.destroy();
  });

  it('needs a token like any other', async () => {
    const { port, upstream } = await start();
    const { socket, until, received } = await openConnection(port);
    socket.write(toText('GET /x', OFFER));
    await until((bytes) => parseResponse(bytes, 'GET', false).isWhole);
    expect(parseResponse(received()).status).toBe(401);
    expect(upstream.requests).toEqual([]);
    socket.destroy();
  });
});

describe('an upstream', () => {
  it('that refuses an upgrade has its answer passed on', async () => {
    const { port, upstream, statuses } = await start();
    upstream.handleUpgrade((_request, socket) => {
      socket.end(
        'HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Length: 4\r\nConnection: close\r\n\r\nno!\n',
      );
    });
    const answer = await refusal(port, [BEARER]);
    expect(answer).toMatchObject({ status: 426, isWhole: true });
    expect([String(answer.body), answer.headers.get('sec-websocket-version')]).toEqual([
      'no!\n',
      ['13'],
    ]);
    expect(statuses).toEqual([426]);
  });

  it('that takes an upgrade for a plain request answers it, and sees nothing that follows', async () => {
    const other = await startUpstream(); // it has no listener for upgrades
    closers.push(other.close);
    const { port } = await start({ upstream: other.url });
    const { socket, closed } = await openConnection(port);
    const smuggled = toText('GET /smuggled', ['Host: x', BEARER]);
    socket.write(toText('GET /ws', [...HANDSHAKE, BEARER]) + smuggled);
    expect(String(await closed)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nfrom upstream$/);
    expect(other.requests.map(({ target }) => target)).toEqual(['/ws']);
  });

  it.each([
    ['switches to another protocol', 'Upgrade: h2c\r\nConnection: upgrade\r\n'],
    ['switches without a name', 'Connection: upgrade\r\n'],
    ['names two', 'Upgrade: websocket\r\nUpgrade: h2c\r\nConnection: upgrade\r\n'],
  ])('that %s is a 502', async (_, fields) => {
    const { port, upstream, codes, statuses } = await start();
    upstream.handleUpgrade((_request, socket) => {
      socket.on('error', () => {}).write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n`);
    });
    expect(await refusal(port, [BEARER])).toMatchObject({ status: 502, isWhole: true });
    expect([codes, statuses]).toEqual([['ERR_UPSTREAM_UNREACHABLE'], [502]]);
  });

  it('that is not there is a 502, one that is silent a 504', async () => {
    const { port, upstream, codes } = await start({ responseTimeoutSeconds: 0.05 });
    upstream.handleUpgrade(() => {});
    expect((await refusal(port, [BEARER])).status).toBe(504);
    await upstream.close();
    expect((await refusal(port, [BEARER])).status).toBe(502);
    expect(codes).toEqual(['ERR_UPSTREAM_TIMEOUT', 'ERR_UPSTREAM_UNREACHABLE']);
  });
});

describe('a drain', () => {
  it('closes WebSockets with 1001, takes no more, and answers requests still', async () => {
    const { port, gate } = await start();
    const socket = await open(port);
    expect(await ask(socket, 'hello')).toBe('hello');
    const closed = closeCode(socket);
    gate.drain();
    expect(await closed).toBe(1001);
    const answer = await refusal(port, [BEARER]);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, ['1']]);
    const plain = await refusal(port, [BEARER], 'GET /x', ['Host: x', 'Connection: close']);
    expect(plain.status).toBe(200);
  });

  it('puts no close frame into another frame, nor behind one that closes', async () => {
    const { port, upstream, gate } = await start();
    const sockets: Socket[] = [];
    upstream.handleUpgrade((request, socket) => {
      acceptWebSocket(request, socket);
      sockets.push(socket.on('error', () => {}));
    });
    const frames: Frame[] = [];
    const whole = toFrame(TEXT, Buffer.from('whole'));
    const large = toFrame(BINARY, Buffer.alloc(70_000));
    const parts = [
      whole,
      large.subarray(0, 5),
      Buffer.concat([whole, large]).subarray(0, -1),
      toFrame(CLOSE, Buffer.from([3, 232])),
    ];
    const answers = await Promise.all(
      parts.map(async (part, i) => {
        const connection = await shake(port);
        const start = connection.received().indexOf('\r\n\r\n') + 4;
        sockets[i]?.write(part);
        await connection.untilBytes(start + part.length);
        return { ...connection, start };
      }),
    );
    gate.drain();
    const tails = await Promise.all(
      answers.map(async ({ closed, start }, i) =>
        (await closed).subarray(start + (parts[i]?.length ?? 0)),
      ),
    );
    createFrameParser((frame) => frames.push(frame))(tails[0] ?? Buffer.alloc(0));
    expect(frames).toEqual([{ opcode: CLOSE, payload: Buffer.from([3, 233]) }]);
    expect(tails.slice(1).map(({ length }) => length)).toEqual([0, 0, 0]);
  });
});
