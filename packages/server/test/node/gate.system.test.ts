// The gate on Node's streams, where it differs from the one on fetch: what it is made with, and what goes wrong on the way.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exchange, openConnection } from '@zep-auth/test-kit/http';
import { type RawUpstream, readResponse, startRawUpstream } from '@zep-auth/test-kit/wire';
import * as undici from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createNodeGate, type NodeGateOptions } from '../../src/node/index.ts';
import { config, TOKEN } from '../tokens.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const listen = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close().closeAllConnections());
  return (server.address() as AddressInfo).port; // it listens on TCP
};

type More = Partial<Omit<NodeGateOptions, 'config' | 'env'>>;

const start = async (
  options: More = {},
): Promise<{ readonly port: number; readonly upstream: RawUpstream; readonly codes: string[] }> => {
  const upstream = await startRawUpstream();
  closers.push(upstream.close);
  const codes: string[] = [];
  const gate = createNodeGate({
    config,
    upstream: upstream.url,
    onUpstreamError: ({ code }) => codes.push(code),
    ...options,
  });
  closers.push(gate.close);
  const server = createServer(gate.handleRequest).on('checkContinue', gate.handleRequest);
  return { port: await listen(server), upstream, codes };
};

const HEAD = ['Host: gate.example', 'Connection: close', `Authorization: Bearer ${TOKEN}`];
const ask = (port: number, start: string, fields: readonly string[] = [], body = '') =>
  exchange(port, [`${start} HTTP/1.1`, ...HEAD, ...fields, '', body].join('\r\n'));

describe('options', () => {
  it.each<[string, More, typeof TypeError | typeof RangeError]>([
    ['an upstream that leads nowhere', { upstream: 'ftp://a' }, TypeError],
    ['no time at all', { responseTimeoutSeconds: 0 }, RangeError],
    ['a claim in a reserved header', { forwardClaims: { sub: 'Host' } }, TypeError],
    ['scopes for a pattern', { pathScopes: { '/a*': 'a' } }, TypeError],
  ])('are refused at once: %s', (_, options, error) => {
    const made = { config, upstream: 'http://127.0.0.1:1', ...options };
    expect(() => createNodeGate(made)).toThrow(error);
  });

  it('may bring undici along, for a bundle', async () => {
    const { port } = await start({ undici });
    expect((await ask(port, 'GET /x')).status).toBe(200);
  });

  it('may lead to a Unix socket, with a base path', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'zep-gate-'));
    closers.push(() => rm(folder, { recursive: true }));
    const server = createServer(({ url, headers }, response) =>
      response.end(`${url} ${headers.host}`),
    );
    server.listen(join(folder, 'api.sock'));
    await once(server, 'listening');
    closers.push(() => server.close().closeAllConnections());
    const { port } = await start({ upstream: `unix:${folder}/api.sock:/base` });
    expect(String((await ask(port, 'GET /x')).body)).toBe('/base/x localhost');
  });
});

describe('an upstream that fails', () => {
  it('refuses connections: 502, and onUpstreamError learns of it', async () => {
    const { port, upstream, codes } = await start();
    await upstream.close();
    expect((await ask(port, 'POST /x', ['Content-Length: 2'], 'hi')).status).toBe(502);
    expect(codes).toEqual(['ERR_UPSTREAM_UNREACHABLE']);
  });

  it('is silent: 504 when the time is over', async () => {
    const { port, upstream, codes } = await start({ responseTimeoutSeconds: 0.05 });
    upstream.handle(() => {});
    expect((await ask(port, 'GET /x')).status).toBe(504);
    expect(codes).toEqual(['ERR_UPSTREAM_TIMEOUT']);
  });

  it('breaks off: the client sees a broken answer, and the next request is served', async () => {
    const { port, upstream } = await start();
    upstream.handle((_request, socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe');
    });
    expect(await ask(port, 'GET /x')).toMatchObject({ status: 200, isWhole: false });
    upstream.handle((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
    expect(await ask(port, 'GET /x')).toMatchObject({ status: 200, isWhole: true });
  });

  it('is a 500 where onUpstreamError fails too', async () => {
    const { port, upstream } = await start({
      onUpstreamError: () => {
        throw new Error('a hook failed');
      },
    });
    await upstream.close();
    expect((await ask(port, 'GET /x')).status).toBe(500);
  });
});

describe('an answer before the upload has ended', () => {
  it('is heard at once, and the connection of the client goes on', async () => {
    const { port, upstream, codes } = await start();
    upstream.handleConnection((socket) => {
      socket.once('data', () =>
        socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno'),
      );
    });
    const { socket, until, take } = await openConnection(port);
    const head = ['Host: gate.example', `Authorization: Bearer ${TOKEN}`].join('\r\n');
    socket.write(`POST /x HTTP/1.1\r\n${head}\r\nContent-Length: 1000000\r\n\r\nx`);
    await until((bytes) => readResponse(bytes, 'POST') !== undefined);
    expect(readResponse(take(), 'POST')).toMatchObject({ start: 'HTTP/1.1 413 Too Large' });
    upstream.handleConnection(undefined);
    socket.write(`${'x'.repeat(999_999)}GET /y HTTP/1.1\r\n${head}\r\n\r\n`);
    await until((bytes) => readResponse(bytes, 'GET') !== undefined);
    expect(readResponse(take(), 'GET')).toMatchObject({ start: 'HTTP/1.1 200 OK' });
    expect(upstream.requests).toMatchObject([{ start: 'GET /y HTTP/1.1' }]);
    expect(codes).toEqual([]);
    socket.destroy();
  });
});

describe('a hook that fails', () => {
  it.each<[string, More]>([
    ['onResult', { onResult: () => Promise.reject(new Error('a hook failed')) }],
    [
      'requestId',
      {
        requestId: () => {
          throw new Error('a hook failed');
        },
      },
    ],
  ])('is a 500, and nothing reaches the upstream: %s', async (_, hook) => {
    const { port, upstream } = await start({ ...hook, onWarning: () => {} });
    expect((await ask(port, 'GET /x')).status).toBe(500);
    expect(upstream.requests).toEqual([]);
  });
});

it('asks the upstream for its health', async () => {
  const { port, upstream } = await start();
  const ready = async () => String((await ask(port, 'GET /_gate/health/ready')).body);
  expect(await ready()).toBe('{"status":"pass"}');
  expect(upstream.requests).toMatchObject([{ start: 'GET /healthz HTTP/1.1' }]);
});

it('closes although the upstream never answers a connection, once its clients have gone', async () => {
  const silent = createTcpServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port: upstreamPort } = silent.address() as AddressInfo;
  const connected = once(silent, 'connection');
  const gate = createNodeGate({ config, upstream: `https://127.0.0.1:${upstreamPort}` });
  const port = await listen(createServer(gate.handleRequest));
  const { socket } = await openConnection(port);
  socket.write(['GET /x HTTP/1.1', ...HEAD, '', ''].join('\r\n'));
  const [held] = await connected;
  socket.destroy();
  await gate.close();
  held.destroy();
  silent.close();
});

it('tells onResult of a body that is too large without the token, and outlives what it rejects with', async () => {
  const seen: unknown[] = [];
  const warnings: string[] = [];
  const { port } = await start({
    maxBodyBytes: 3,
    onWarning: (warning) => warnings.push(warning),
    onResult: async ({ code }, view) => {
      if (code === undefined) return;
      seen.push(code, view.values('authorization'));
      throw new Error('the listener fails');
    },
  });
  expect((await ask(port, 'POST /x', ['Content-Length: 4'], 'four')).status).toBe(413);
  expect(seen).toEqual(['ERR_BODY_TOO_LARGE', []]);
  expect(warnings).toEqual(['a request failed in the gate (Error)']);
});

it('closes when what is under way has ended', async () => {
  const upstream = await startRawUpstream();
  closers.push(upstream.close);
  const gate = createNodeGate({ config, upstream: upstream.url });
  const port = await listen(createServer(gate.handleRequest));
  let finish = (): void => {};
  const asked = new Promise<void>((resolve) => {
    upstream.handle((_request, socket) => {
      finish = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      resolve();
    });
  });
  const answer = ask(port, 'GET /x');
  await asked;
  const closed = gate.close();
  finish();
  expect((await answer).status).toBe(200);
  await closed;
  expect((await ask(port, 'GET /x')).status).toBe(502);
});

describe('a body', () => {
  it.each([
    ['POST', 'keep-alive'],
    ['PATCH', 'keep-alive'],
    ['GET', 'close'],
    ['DELETE', 'close'],
    ['PROPFIND', 'close'],
  ])('of %s goes along, and the connection to the upstream is %s', async (method, connection) => {
    const { port, upstream } = await start();
    for (const [fields, body] of [
      [['Content-Length: 2'], 'hi'],
      [['Transfer-Encoding: chunked'], '2\r\nhi\r\n0\r\n\r\n'],
    ] as const) {
      expect((await ask(port, `${method} /x`, fields, body)).status).toBe(200);
    }
    expect(upstream.requests.map(({ body }) => String(body))).toEqual(['hi', 'hi']);
    for (const { fields } of upstream.requests) {
      expect(fields).toContain(`connection: ${connection}`);
    }
  });

  it.each([
    ['beside chunks', ['Transfer-Encoding: gzip, chunked']],
    ['in a field before', ['Transfer-Encoding: gzip', 'Transfer-Encoding: chunked']],
    ['that Connection names', ['Connection: transfer-encoding', 'Transfer-Encoding: br, chunked']],
  ])('in another coding is refused, since the gate would not name it: %s', async (_, fields) => {
    const { port, upstream } = await start();
    expect((await ask(port, 'POST /x', fields, '2\r\nhi\r\n0\r\n\r\n')).status).toBe(400);
    expect(upstream.requests).toEqual([]);
  });

  it('is not asked for with 100 Continue by HTTP/1.0, which does not know it', async () => {
    const { port } = await start();
    const answerTo = async (version: string): Promise<string> => {
      const { socket, closed } = await openConnection(port);
      const fields = [...HEAD, 'Expect: 100-continue', 'Content-Length: 2'];
      socket.write([`POST /x HTTP/${version}`, ...fields, '', 'hi'].join('\r\n'));
      return String(await closed);
    };
    expect(await answerTo('1.1')).toMatch(/^HTTP\/1\.1 100 /);
    expect(await answerTo('1.0')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('is what closes the connection: a GET without one leaves it open', async () => {
    const { port, upstream } = await start();
    for (const _ of [1, 2]) expect((await ask(port, 'GET /x')).status).toBe(200);
    expect(upstream.connections()).toBe(1);
  });
});

describe('requests that a client sends ahead', () => {
  const toText = (start: string): string =>
    [
      `${start} HTTP/1.1`,
      ...['Host: gate.example', `Authorization: Bearer ${TOKEN}`, 'Content-Length: 1', '', 'x'],
    ].join('\r\n');

  it('reach the upstream one after the other, each with its body', async () => {
    const { port, upstream } = await start();
    const answers: (() => void)[] = [];
    upstream.handle(({ start: line }, socket) => {
      const body = String(line.split(' ')[1]);
      answers.push(() => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${body}`));
    });
    const { socket, until } = await openConnection(port);
    socket.write(['POST /a', 'GET /b', 'POST /c'].map(toText).join(''));
    for (const [i, target] of ['/a', '/b', '/c'].entries()) {
      await vi.waitFor(() => expect(answers).toHaveLength(i + 1));
      answers[i]?.();
      await until((bytes) => bytes.toString().includes(`\r\n\r\n${target}`));
    }
    expect(upstream.requests.map(({ start: line, body }) => [line, String(body)])).toEqual([
      ['POST /a HTTP/1.1', 'x'],
      ['GET /b HTTP/1.1', 'x'],
      ['POST /c HTTP/1.1', 'x'],
    ]);
    socket.destroy();
  });

  it('may be a thousand; one more ends the connection', async () => {
    const { port, upstream } = await start();
    upstream.handle(() => {});
    const { socket, closed } = await openConnection(port);
    socket.write(toText('GET /x').repeat(1001));
    await vi.waitFor(() => expect(upstream.requests).toHaveLength(1));
    expect(socket.closed).toBe(false);
    socket.write(toText('GET /x'));
    expect(String(await closed)).toBe('');
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('a client that goes away', () => {
  it.each([
    ['two GET', 'GET /a', 'GET /b'],
    ['two POST', 'POST /a', 'POST /b'],
    ['a HEAD behind a POST', 'POST /a', 'HEAD /b'],
  ])('leaves nothing behind, with answers that wait for each other: %s', async (_, ...starts) => {
    const upstream = await startRawUpstream();
    closers.push(upstream.close);
    let open = 0;
    upstream.handle((_request, socket) => {
      open += 1; // and no answer
      socket.once('close', () => {
        open -= 1;
      });
    });
    const gate = createNodeGate({ config, upstream: upstream.url });
    const { socket } = await openConnection(await listen(createServer(gate.handleRequest)));
    const fields = [`Authorization: Bearer ${TOKEN}`, 'Host: gate.example', 'Content-Length: 1'];
    socket.write(
      starts.map((start) => [`${start} HTTP/1.1`, ...fields, '', 'x'].join('\r\n')).join(''),
    );
    await vi.waitFor(() => expect(open).toBe(1));
    socket.destroy();
    await vi.waitFor(() => expect(open).toBe(0));
    await gate.close();
    expect(upstream.requests).toHaveLength(1);
  });

  it('leaves nothing behind while its token is being looked up', async () => {
    const upstream = await startRawUpstream();
    closers.push(upstream.close);
    let answer = (_isRevoked: boolean): void => {};
    const isRevoked = vi.fn(() => new Promise<boolean>((resolve) => (answer = resolve)));
    const gate = createNodeGate({ config, upstream: upstream.url, revocations: { isRevoked } });
    const server = createServer(gate.handleRequest);
    const connected = once(server, 'connection');
    const { socket } = await openConnection(await listen(server));
    const fields = ['Host: gate.example', `Authorization: Bearer ${TOKEN}`];
    socket.write(['GET /a HTTP/1.1', ...fields, '', ''].join('\r\n').repeat(2));
    await vi.waitFor(() => expect(isRevoked).toHaveBeenCalledOnce());
    const [accepted] = await connected;
    const ended = once(accepted, 'close');
    socket.destroy();
    await ended;
    answer(false);
    await gate.close();
    expect(upstream.requests).toEqual([]);
  });
});

it('goes on when a request cannot be sent, with its body or without', async () => {
  class Pool {
    dispatch(): never {
      throw new Error('cannot send');
    }
    close = async () => {};
    destroy = async () => {};
  }
  const { port } = await start({ undici: { Pool } });
  for (const one of ['GET /x', 'POST /x']) {
    const { socket, closed } = await openConnection(port);
    socket.write([`${one} HTTP/1.1`, ...HEAD, 'Content-Length: 1', '', 'x'].join('\r\n'));
    expect(String(await closed)).toBe('');
  }
});
