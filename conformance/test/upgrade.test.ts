// Upgrades through `zepcli serve` as it ships: the attack table, real WebSocket clients and servers, and what is open
// while tokens expire, are revoked and lose their secret under load.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAttacks } from '../kit/attacks.ts';
import { openConnection, parseResponse } from '../kit/http.ts';
import { secretNamed, tokenOf } from '../kit/tokens.ts';
import { startUpstream, type Upstream } from '../kit/upstream.ts';
import { acceptWebSocket, echo } from '../kit/websocket.ts';
import { type GateProcess, HAS_PROC, startGateProcess } from './gate-process.ts';

interface Socket {
  on(event: string, listener: (...args: never[]) => void): Socket;
  once(event: string, listener: (...args: never[]) => void): Socket;
  send(data: Buffer | string): void;
  close(code?: number): void;
  terminate(): void;
}
interface Server {
  handleUpgrade(
    request: unknown,
    socket: unknown,
    head: unknown,
    done: (socket: Socket) => void,
  ): void;
}
interface Ws {
  new (url: string, options?: object): Socket;
  readonly WebSocketServer: new (options: object) => Server;
}
interface Load extends PromiseLike<{ '2xx': number; non2xx: number; errors: number }> {
  readonly stop: () => void;
}
const load = createRequire(import.meta.url); // neither has types
const Ws: Ws = load('ws');
const autocannon: (options: object) => Load = load('autocannon');

const PATIENT = { timeout: 60_000 };
const SECRET = secretNamed('upgrades');
const OLD_SECRET = secretNamed('upgrades, before');
const TOKEN = tokenOf({ sub: 'alice' }, SECRET);
const listOf = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

let upstream: Upstream;
let folder: string;
const gates: GateProcess[] = [];
const server = new Ws.WebSocketServer({
  noServer: true,
  maxPayload: 64 * 1024 * 1024,
  perMessageDeflate: true,
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zep-auth-'));
  upstream = await startUpstream((request, response) => {
    if (request.url !== '/events') request.resume().once('end', () => response.end('ok'));
    else response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  });
});
afterEach(async () => {
  for (const gate of gates.splice(0)) expect((await gate.stop()).end).toBe(0);
});
afterAll(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true });
});

/** The server of `ws`: it sends back what comes, and refuses /no. */
const withWs = (): void => {
  upstream.handleUpgrade((request, socket, head) => {
    if (request.url === '/no') {
      socket.end('HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!');
      return;
    }
    server.handleUpgrade(request, socket, head, (open) => {
      open.on('message', (data: Buffer, isBinary: boolean) =>
        open.send(isBinary ? data : String(data)),
      );
    });
  });
};
/** Plain frames, without extensions. */
const withFrames = (): void => {
  upstream.handleUpgrade((request, socket, head) => {
    acceptWebSocket(request, socket);
    echo(socket, head);
  });
};

const startGate = async (
  args: readonly string[] = [],
  env: Record<string, string> = { ZEP_AUTH_SECRET: SECRET },
) => {
  const gate = await startGateProcess(upstream.url, env, args);
  gates.push(gate);
  return gate;
};

const authorize = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

const openWs = async ({ port }: GateProcess, token = TOKEN): Promise<Socket> => {
  const socket = new Ws(`ws://127.0.0.1:${port}/ws`, { ...authorize(token), maxPayload: 2 ** 26 });
  await once(socket as never, 'open');
  return socket;
};

describe('the attack table in upgrades', () => {
  it('lets good requests switch, and no other reaches the upstream', async () => {
    withFrames();
    const gate = await startGate();
    const { requests } = await createAttacks({ secret: SECRET, nowSeconds: nowSeconds() });
    expect(requests.length).toBeGreaterThanOrEqual(600);
    const failed: string[] = [];
    for (const { name, lines, query, socketStatus } of requests) {
      upstream.requests.length = 0;
      const { socket, until, received } = await openConnection(gate.port);
      const head = [
        'Host: gate.example',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
      ];
      const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
      socket.write(
        [`GET /ws${query} HTTP/1.1`, ...head, key, ...lines, '', ''].join('\r\n'),
        'latin1',
      );
      await until((bytes) => bytes.includes('\r\n\r\n')).catch(() => {});
      const { status } = parseResponse(received(), 'GET', false);
      socket.destroy();
      const isGood = socketStatus === 200;
      const isRight = isGood
        ? status === 101
        : Number.isNaN(status) || (status >= 400 && status < 500);
      if (!isRight || upstream.requests.length !== (isGood ? 1 : 0))
        failed.push(`${name}: ${status}`);
    }
    expect(failed).toEqual([]);
  });
});

describe.each([
  ['ws', withWs],
  ['plain frames', withFrames],
] as const)('a server of %s', (_, serve) => {
  const message = randomBytes(16 * 1024 * 1024);

  it('gets 16 MB from ws, and gives them back', async () => {
    serve();
    const socket = await openWs(await startGate());
    socket.send(message);
    const [data] = (await once(socket as never, 'message')) as [Buffer];
    expect(data.equals(message)).toBe(true);
    socket.close(4001);
    expect((await once(socket as never, 'close'))[0]).toBe(4001);
  });

  it('gets 16 MB from Node, and gives them back', async () => {
    serve();
    const { port } = await startGate();
    const { WebSocket } = load('undici') as typeof import('undici');
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, authorize(TOKEN));
    socket.binaryType = 'arraybuffer';
    const next = (event: 'open' | 'message' | 'close') =>
      new Promise<Event>((resolve) => socket.addEventListener(event, resolve, { once: true }));
    await next('open');
    socket.send(message);
    const { data } = (await next('message')) as MessageEvent;
    expect(Buffer.from(data as ArrayBuffer).equals(message)).toBe(true);
    socket.close(4001);
    expect(((await next('close')) as CloseEvent).code).toBe(4001);
  });
});

it('an upstream that refuses has its answer passed on', async () => {
  withWs();
  const { port } = await startGate();
  const socket = new Ws(`ws://127.0.0.1:${port}/no`, authorize(TOKEN));
  socket.on('error', () => {});
  const [, response] = (await once(socket as never, 'unexpected-response')) as [
    unknown,
    IncomingMessage,
  ];
  expect(response.statusCode).toBe(409);
});

describe('many', () => {
  it('leave nothing behind: 1,000 opened, used and left in all ways', async () => {
    withFrames();
    const gate = await startGate();
    const round = async (): Promise<void> => {
      await Promise.all(
        listOf(50, async (i) => {
          const socket = await openWs(gate);
          socket.on('error', () => {}).send('hello');
          await once(socket as never, 'message');
          const closed = once(socket as never, 'close');
          if (i % 2) socket.terminate();
          else socket.close();
          await closed;
        }),
      );
    };
    await round();
    const before = HAS_PROC ? gate.openFiles() : 0;
    for (const _ of listOf(20, (i) => i)) await round();
    if (HAS_PROC) {
      await vi.waitFor(() => expect(gate.openFiles()).toBeLessThanOrEqual(before), PATIENT);
    }
  });

  it('are closed with 1001 when the gate stops, which then ends', async () => {
    withWs();
    const gate = await startGate();
    const sockets = await Promise.all(listOf(20, () => openWs(gate)));
    const codes = sockets.map(async (socket) => (await once(socket as never, 'close'))[0]);
    const { end, stderr } = await gate.stop();
    expect(end).toBe(0);
    expect(await Promise.all(codes)).toEqual(listOf(20, () => 1001));
    expect(stderr).toMatch(/stopped$/m);
  });
});

describe('200 streams and 200 WebSockets under load', () => {
  interface Open {
    readonly group: string;
    endedMs: number | undefined;
    code: number | undefined;
    readonly leave: () => void;
  }

  const openOne = async (
    gate: GateProcess,
    i: number,
    group: string,
    token: string,
  ): Promise<Open> => {
    if (i % 2 === 0) {
      const socket = await openWs(gate, token);
      const open: Open = {
        group,
        endedMs: undefined,
        code: undefined,
        leave: () => socket.terminate(),
      };
      socket.on('close', (code: number) => Object.assign(open, { code, endedMs: Date.now() }));
      return open;
    }
    const request = get(`http://127.0.0.1:${gate.port}/events`, {
      agent: false,
      ...authorize(token),
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    const open: Open = {
      group,
      endedMs: undefined,
      code: undefined,
      leave: () => request.destroy(),
    };
    // One that ends without an error would pass for whole.
    response.once('end', () => Object.assign(open, { code: 0 })).on('error', () => {});
    response.once('close', () => Object.assign(open, { endedMs: Date.now() })).resume();
    return open;
  };

  it('end in time, each by its own reason, and no request fails', async () => {
    withWs();
    const file = join(folder, 'gate.env');
    const write = (...lines: readonly string[]): void =>
      writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    const current = `ZEP_AUTH_SECRET=${SECRET}`;
    write(current, `ZEP_AUTH_SECRET_PREVIOUS=${OLD_SECRET}`);
    const gate = await startGate(['--dotenv', file, '--recheck', '1s'], {});
    // How late this process itself is.
    let lagMs = 0;
    let tickMs = Date.now();
    const ticking = setInterval(() => {
      lagMs = Math.max(lagMs, Date.now() - tickMs - 50);
      tickMs = Date.now();
    }, 50);
    const requests = autocannon({
      url: `http://127.0.0.1:${gate.port}/`,
      connections: 8,
      overallRate: 200, // not more than a busy machine can do: what is late is to be the gate's doing
      duration: 600,
      ...authorize(TOKEN),
    });
    const tokens = {
      kept: TOKEN,
      revoked: tokenOf({ jti: 'lost' }, SECRET),
      withdrawn: tokenOf({ sub: 'alice' }, OLD_SECRET),
    };
    const all: Open[] = [];
    const openAll = async (group: string, token: string): Promise<void> => {
      all.push(...(await Promise.all(listOf(100, (i) => openOne(gate, i, group, token)))));
    };
    for (const [group, token] of Object.entries(tokens)) await openAll(group, token);
    const exp = nowSeconds() + 20;
    await openAll('expired', tokenOf({ exp }, SECRET));
    const opened = all.filter(({ endedMs }) => endedMs === undefined).length;
    expect([opened, nowSeconds() < exp]).toEqual([400, true]);
    const of = (group: string): readonly Open[] => all.filter((one) => one.group === group);
    const expectEnded = async (group: string, sinceMs: number, withinMs: number): Promise<void> => {
      await vi.waitFor(() => {
        expect(of(group).filter(({ endedMs }) => endedMs === undefined)).toHaveLength(0);
      }, PATIENT);
      const late = of(group).map(({ endedMs = 0 }) => endedMs - sinceMs);
      expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...late)).toBeLessThanOrEqual(withinMs + lagMs);
      const codes = of(group).map(({ code }) => code);
      expect(new Set(codes)).toEqual(new Set([1008, undefined]));
    };
    await expectEnded('expired', exp * 1000, 1000);
    const reload = async (...lines: readonly string[]): Promise<number> => {
      const times = gate.stderr().split('configuration reloaded').length;
      write(...lines);
      const sinceMs = Date.now();
      gate.hangUp();
      await gate.said(new RegExp(`(configuration reloaded[\\s\\S]*){${times}}`));
      return sinceMs;
    };
    const revokedMs = await reload(
      current,
      `ZEP_AUTH_SECRET_PREVIOUS=${OLD_SECRET}`,
      'ZEP_AUTH_REVOKED=lost',
    );
    await expectEnded('revoked', revokedMs, 2000);
    const withdrawnMs = await reload(current);
    await expectEnded('withdrawn', withdrawnMs, 2000);
    expect(of('kept').filter(({ endedMs }) => endedMs === undefined)).toHaveLength(100);
    requests.stop();
    const result = await requests;
    clearInterval(ticking);
    expect(result['2xx']).toBeGreaterThan(500);
    expect({ non2xx: result.non2xx, errors: result.errors }).toEqual({ non2xx: 0, errors: 0 });
    for (const { leave } of all) leave();
  });
});
