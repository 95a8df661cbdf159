// What is open ends with its token, over real sockets: at its expiry, or when it is checked again.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { openConnection, parseResponse } from '@zep-auth/test-kit/http';
import { startUpstream } from '@zep-auth/test-kit/upstream';
import { acceptWebSocket, CLOSE, echo, toFrame } from '@zep-auth/test-kit/websocket';
import { Pool } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createNodeGate, type NodeGateOptions } from '../../src/node/index.ts';
import { config, configOf, forge, OTHER_SECRET, SECRET, TOKEN } from '../tokens.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type More = Partial<NodeGateOptions> & { readonly env?: () => object };

const start = async (options: More = {}) => {
  const upstream = await startUpstream();
  const answers: ServerResponse[] = [];
  const state = { aborted: 0 };
  upstream.handle((request, response) => {
    answers.push(response);
    response.once('close', () => {
      if (!response.writableFinished) state.aborted += 1;
    });
    const begin = (): void => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    };
    if (request.url === '/events') begin();
    if (request.url === '/sized') response.writeHead(200, { 'content-length': 100 }).write('some');
    if (request.url === '/slow') setTimeout(begin, 150);
    request.resume();
  });
  upstream.handleUpgrade((request, socket, head) => {
    acceptWebSocket(request, socket);
    echo(socket, head);
  });
  const [codes, statuses, warnings]: [string[], number[], string[]] = [[], [], []];
  const gate = createNodeGate({
    ...(options.env === undefined && { config }),
    upstream: upstream.url,
    recheckSeconds: 0.02,
    onEnded: ({ code }: { code: string }) => codes.push(code),
    onAnswer: (status: number) => statuses.push(status),
    onWarning: (warning: string) => warnings.push(warning),
    ...options,
  } as NodeGateOptions);
  const server = createServer(gate.handleRequest).on('upgrade', gate.handleUpgrade);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    await Promise.all([gate.close(), server.close().closeAllConnections(), upstream.close()]);
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  /** Sends a request that goes on until the gate ends it. */
  const ask = async (line: string, token = TOKEN, version = 'HTTP/1.1', body = '') => {
    const connection = await openConnection(port);
    const upgrade = line.endsWith('/ws')
      ? ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
      : [];
    connection.socket.write(
      [
        `${line} ${version}`,
        'Host: gate.example',
        `Authorization: Bearer ${token}`,
        ...upgrade,
        ...(body === '' ? [] : [`Content-Length: ${body.length}`]),
        '',
        body,
      ].join('\r\n'),
    );
    return connection;
  };
  return { gate, port, ask, answers, state, codes, statuses, warnings, upstream };
};

/** A list of revocations that one token can be put on. */
const createList = () => {
  const state = { isRevoked: false as unknown };
  return {
    revoke: (answer: unknown = true) => {
      state.isRevoked = answer;
    },
    revocations: {
      isRevoked: () => {
        if (state.isRevoked instanceof Error) throw state.isRevoked;
        return state.isRevoked as boolean;
      },
    },
  };
};

describe('a response that is open', () => {
  it.each([
    ['in chunks', 'GET /events', 'HTTP/1.1'],
    ['with a length', 'GET /sized', 'HTTP/1.1'],
    ['to a POST', 'POST /events', 'HTTP/1.1'],
  ])(
    '%s breaks off when its token is revoked, and so does the upstream',
    async (_, line, version) => {
      const { revoke, revocations } = createList();
      const { ask, state, codes, statuses } = await start({ revocations });
      const { until, closed } = await ask(line, TOKEN, version);
      await until((bytes) => /data: 1|some/.test(bytes.toString()));
      revoke();
      expect(parseResponse(await closed)).toMatchObject({ status: 200, isWhole: false });
      await vi.waitFor(() => expect(state.aborted).toBe(1));
      expect([codes, statuses]).toEqual([['ERR_TOKEN_REVOKED'], [200]]);
    },
  );

  it('goes on while its token holds, and is not watched after its end', async () => {
    const isRevoked = vi.fn(() => false);
    const { ask, answers, codes } = await start({ revocations: { isRevoked } });
    const { until, received, socket } = await ask('GET /events');
    await vi.waitFor(() => expect(isRevoked.mock.calls.length).toBeGreaterThan(4));
    answers[0]?.end('data: 2\n\n');
    await until((bytes) => parseResponse(bytes, 'GET', false).isWhole);
    expect(String(received())).toContain('data: 2');
    const calls = isRevoked.mock.calls.length;
    await ask('GET /healthz');
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    expect(isRevoked.mock.calls.length).toBe(calls);
    expect(codes).toEqual([]);
    socket.destroy();
  });

  it('is not watched after its client has gone', async () => {
    const isRevoked = vi.fn(() => false);
    const { ask, state } = await start({ revocations: { isRevoked } });
    const { socket, until } = await ask('GET /events');
    await until((bytes) => bytes.includes('data: 1'));
    socket.resetAndDestroy();
    await vi.waitFor(() => expect(state.aborted).toBe(1));
    const calls = isRevoked.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 60)); // three rounds
    expect(isRevoked.mock.calls.length).toBe(calls);
  });

  it('ends at the second of its expiry, also with recheckSeconds 0', async () => {
    const exp = Math.floor(Date.now() / 1000) + 2;
    const { ask, codes } = await start({ recheckSeconds: 0 });
    const forever = await ask('GET /events');
    const { closed } = await ask('GET /events', forge({ exp }));
    await closed;
    const late = Date.now() - exp * 1000;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(1000);
    expect(codes).toEqual(['ERR_TOKEN_EXPIRED']);
    expect(forever.socket.readyState).toBe('open');
    forever.socket.destroy();
  });

  it('ends when its secret is withdrawn, and with what a hook throws', async () => {
    const env: Record<string, string> = { ZEP_AUTH_SECRET: SECRET };
    const { ask, codes } = await start({ env: () => env });
    const { until, closed } = await ask('GET /events');
    await until((bytes) => bytes.includes('data: 1'));
    env['ZEP_AUTH_SECRET'] = 'Zx9Cv7Bn5Mq3We1Rt8Yu6Io4Pa2Sd0Fg9Hj7Kl5Zx3Cv1Bn8Mq6We4Rt2Yu0Io9Pa7';
    await closed;
    expect(codes).toEqual(['ERR_TOKEN_SIGNATURE']);

    const { revoke, revocations } = createList();
    const other = await start({ revocations });
    const second = await other.ask('GET /events');
    await second.until((bytes) => bytes.includes('data: 1'));
    revoke(new Error('down'));
    await second.closed;
    expect(other.warnings).toHaveLength(1);
    expect(other.codes).toEqual(['ERR_CONFIG_INVALID']);
  });
});

describe('a request without an answer yet', () => {
  it('is not asked of the upstream when it was refused before the connection was there', async () => {
    let isRevoked = false;
    const seen: string[] = [];
    const slow = createTcpServer((socket) => {
      socket.on('data', (chunk) => seen.push(String(chunk))).on('error', () => {});
    });
    let dispatched: (() => void) | undefined;
    class SlowPool extends Pool {
      override dispatch(...call: Parameters<Pool['dispatch']>): boolean {
        dispatched = () => void super.dispatch(...call);
        return true;
      }
    }
    slow.listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const upstream = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
    const more = {
      upstream,
      undici: { Pool: SlowPool },
      revocations: { isRevoked: () => isRevoked },
    };
    const { ask } = await start(more as More);
    const { until, received, socket } = await ask('GET /x');
    await vi.waitFor(() => expect(dispatched).toBeDefined());
    isRevoked = true;
    await until((bytes) => parseResponse(bytes, 'GET', false).isWhole);
    expect(parseResponse(received()).status).toBe(401);
    const connected = once(slow, 'connection');
    dispatched?.();
    const [held] = await connected;
    await vi.waitFor(() => expect(held.destroyed || held.readableEnded).toBe(true));
    expect(seen).toEqual([]);
    socket.destroy();
    slow.close();
  });

  it('gets its 401 if it only reads', async () => {
    const { revoke, revocations } = createList();
    const { ask, state, statuses, answers } = await start({ revocations });
    const { until, received, socket } = await ask('GET /poll');
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    revoke();
    await until((bytes) => parseResponse(bytes, 'GET', false).isWhole);
    expect(parseResponse(received()).status).toBe(401);
    await vi.waitFor(() => expect(state.aborted).toBe(1));
    expect(statuses).toEqual([401]);
    socket.destroy();
  });

  it('is left alone until then if it changes something', async () => {
    const { revoke, revocations } = createList();
    const { ask, answers, statuses } = await start({ revocations });
    const { closed } = await ask('POST /slow', TOKEN, 'HTTP/1.1', 'x');
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    revoke();
    expect(parseResponse(await closed)).toMatchObject({ status: 200, isWhole: false });
    expect(statuses).toEqual([200]);
  });
});

describe('a WebSocket', () => {
  it('is closed with 1008 when its token no longer holds', async () => {
    const { revoke, revocations } = createList();
    const { ask, codes } = await start({ revocations });
    const { until, closed, socket } = await ask('GET /ws');
    await until((bytes) => bytes.includes('\r\n\r\n'));
    socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x21, 0x21]));
    await until((bytes) => bytes.includes('!!'));
    revoke();
    const bytes = await closed;
    expect(bytes.subarray(bytes.indexOf('!!') + 2)).toEqual(toFrame(CLOSE, Buffer.from([3, 240])));
    expect(codes).toEqual(['ERR_TOKEN_REVOKED']);
  });

  it('is not watched after its end, nor without a token', async () => {
    const isRevoked = vi.fn(() => false);
    const { ask, codes } = await start({ revocations: { isRevoked }, publicPaths: ['/open'] });
    const { until, socket, closed } = await ask('GET /ws');
    await until((bytes) => bytes.includes('\r\n\r\n'));
    socket.end(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 3, 232]));
    await closed;
    const calls = isRevoked.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 60)); // three rounds
    expect(isRevoked.mock.calls.length).toBe(calls);
    expect(codes).toEqual([]);
  });
});

describe('another configuration', () => {
  it('ends what has a withdrawn secret, and nothing else', async () => {
    const { gate, ask, codes } = await start({
      config: configOf({ ZEP_AUTH_SECRET_PREVIOUS: OTHER_SECRET }),
    });
    const old = [await ask('GET /events', forge({}, undefined, OTHER_SECRET))];
    const kept = [await ask('GET /events'), await ask('GET /ws')];
    old.push(await ask('GET /ws', forge({}, undefined, OTHER_SECRET)));
    for (const { until } of [...old, ...kept]) await until((bytes) => bytes.includes('\r\n\r\n'));
    gate.reconfigure({ config });
    const [events, socket] = await Promise.all(old.map(({ closed }) => closed));
    expect(parseResponse(events ?? Buffer.alloc(0)).isWhole).toBe(false);
    expect(socket?.subarray(-4)).toEqual(toFrame(CLOSE, Buffer.from([3, 240])));
    expect(codes).toEqual(['ERR_TOKEN_SIGNATURE', 'ERR_TOKEN_SIGNATURE']);
    for (const { socket: open } of kept) {
      expect(open.readyState).toBe('open');
      open.destroy();
    }
  });

  it('that is not valid changes nothing; other certificates mean other connections', async () => {
    const { gate, ask, upstream } = await start();
    const first = await ask('GET /events');
    await first.until((bytes) => bytes.includes('data: 1'));
    const broken = { required: true, keyring: undefined } as unknown as typeof config;
    expect(() => gate.reconfigure({ config: broken })).toThrow('no keyring');
    gate.reconfigure({ config, upstreamCa: 'another' });
    const second = await ask('GET /events');
    await second.until((bytes) => bytes.includes('data: 1'));
    expect(first.socket.readyState).toBe('open');
    expect(await upstream.connections()).toBe(2);
    for (const { socket } of [first, second]) socket.destroy();
  });
});

describe('recheckSeconds', () => {
  it.each([-1, 86_401, Number.NaN])('of %d is an error', (recheckSeconds) => {
    const options = { config, upstream: 'http://127.0.0.1:1', recheckSeconds };
    expect(() => createNodeGate(options)).toThrow(RangeError);
  });
});
