// createGate on a runtime's own server, over sockets: the attack table, the table of transports, streams and WebSockets.
import {
  CASES,
  describeMessage,
  type Expected,
  sorted,
} from '../../packages/server/test/gate/transport-cases.ts';
import { createAttacks } from '../kit/attacks.ts';
import { openConnection, parseResponse, type RawConnection } from '../kit/http.ts';
import { rawToken } from '../kit/tokens.ts';
import { startUpstream } from '../kit/upstream.ts';
import {
  acceptWebSocket,
  CLOSE,
  createFrameParser,
  echo,
  type Frame,
  TEXT,
} from '../kit/websocket.ts';
import { readResponse, startRawUpstream } from '../kit/wire.ts';
import { type Case, expect } from './case.ts';
import { type Outcome, runCases } from './platform.ts';

const TIMEOUT_MS = 10_000;

/** A gate that runs, in front of an upstream. Its tokens are checked again each second. */
export interface RunningGate {
  readonly port: number;
  readonly stop: () => void;
}

export interface GateRuntime {
  readonly name: 'Bun' | 'Deno' | 'workerd';
  readonly start: (options: {
    upstream: string;
    secret: string;
    subprotocol: boolean;
  }) => Promise<RunningGate>;
}

interface Difference {
  readonly on: readonly GateRuntime['name'][];
  readonly because: string;
  readonly status: number;
  readonly isForwarded: boolean;
}

/** Where a runtime ends otherwise than Node's `fetch` behind @hono/node-server. */
const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'the absolute form of another scheme is refused': {
    on: ['Bun', 'Deno', 'workerd'],
    because: 'the gate does not know the connection, and believes the target',
    status: 200,
    isForwarded: true,
  },
  'trailers of a request go along, but those that could pass for headers': {
    on: ['Bun'],
    because: 'its parser refuses them',
    status: 400,
    isForwarded: false,
  },
  'the target keeps its bytes': {
    on: ['workerd'],
    because: 'its fetch takes no % without two digits',
    status: 400,
    isForwarded: false,
  },
  'a GET may have a body': {
    on: ['workerd'],
    because: 'its fetch refuses one',
    status: 502,
    isForwarded: false,
  },
};

/** Attacks that workerd's parser makes harmless: it drops empty fields, so that a good token is the only one. */
const DROPPED: readonly string[] = ['an empty field and a good one'];

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** What a runtime writes itself: fields, the framing of a stream, a reason, and bytes that are not ASCII. */
const OF_THE_RUNTIME =
  /^(?:user-agent: (?:Bun|Deno)|accept: \*\/\*|accept-language: \*|pragma: no-cache|cache-control: no-cache|content-length:|content-type: (?:application\/octet-stream|text\/plain)|x-a:)/;

const toComparable = (message: Expected | undefined) =>
  message && {
    start: message.start.startsWith('HTTP/') ? message.start.slice(0, 12) : message.start,
    fields: message.fields
      .filter((field) => !OF_THE_RUNTIME.test(field))
      .map((field) => field.trim()),
    body: message.body,
  };

const within = <T>(promise: Promise<T>): Promise<T> =>
  Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('it hangs')), TIMEOUT_MS).unref();
    }),
  ]);

const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
];

/** A frame of a client, whose mask is zero. */
const toMasked = (opcode: number, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);

export const runGateCases = async (runtime: GateRuntime, secret: string): Promise<Outcome> => {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const sign = (claims: object): string =>
    rawToken(JSON.stringify({ alg: 'HS256', typ: 'JWT' }), JSON.stringify(claims), secret);
  const token = sign({ sub: 'alice', scope: 'read write' });
  const raw = await startRawUpstream();
  const plain = await startUpstream();
  const gates = await Promise.all([
    runtime.start({ upstream: `${raw.url}/base`, secret, subprotocol: false }),
    runtime.start({ upstream: plain.url, secret, subprotocol: true }),
  ]);
  const [onRaw, onPlain] = gates;

  const send = async (
    port: number,
    line: string,
    fields: readonly string[],
  ): Promise<RawConnection> => {
    const connection = await openConnection(port);
    const text = [`${line} HTTP/1.1`, 'Host: gate.example', ...fields, '', ''].join('\r\n');
    connection.socket.write(text, 'latin1');
    return connection;
  };
  const bearer = (text: string): string => `Authorization: Bearer ${text}`;

  const { requests } = await createAttacks({ secret, nowSeconds });
  const attacks = requests.map(
    (row): Case => ({
      name: `attacks: ${row.name}`,
      run: async () => {
        raw.requests.length = 0;
        raw.handle((_request, socket) => socket.write(OK));
        const lines = [...row.lines, 'Connection: close'];
        const { socket, closed } = await send(onRaw.port, `GET /things${row.query}`, lines);
        const { status } = parseResponse(await within(closed).finally(() => socket.destroy()));
        const isAllowed =
          row.status === 200 || (runtime.name === 'workerd' && DROPPED.includes(row.name));
        if (row.socketStatus === 200 || (isAllowed && status === 200))
          expect('status', status, 200);
        // One that its parser refuses may get no answer.
        else
          expect(
            'refused',
            Number.isNaN(status) || (status >= 400 && status < 500) || status,
            true,
          );
        expect('requests', raw.requests.length, status === 200 ? 1 : 0);
      },
    }),
  );

  const transport = CASES.map(
    (one): Case => ({
      name: `transport: ${one.name}`,
      run: async () => {
        raw.requests.length = 0;
        raw.handle((_request, socket) => socket.write(one.answer, 'latin1'));
        const { socket, closed } = await openConnection(onRaw.port);
        socket.write(one.send.replaceAll('{token}', token), 'latin1');
        const bytes = await within(closed).finally(() => socket.destroy());
        const client = readResponse(bytes, /^\S+/.exec(one.send)?.[0] ?? '', true);
        const found = DIFFERENCES[one.name];
        if (found?.on.includes(runtime.name)) {
          expect('status', Number(client?.start.slice(9, 12)), found.status);
          expect('forwarded', raw.requests.length > 0, found.isForwarded);
          return;
        }
        const { upstream: up = one.upstream, client: down = one.client } = one.onFetch ?? {};
        const seen = describeMessage(raw.requests[0], true);
        expect('upstream', toComparable(seen), toComparable(sorted(up ?? undefined)));
        const [got, wanted] = [describeMessage(client, true), sorted(down)].map(toComparable);
        // A parser that refuses what the gate would refuse has its own words.
        if (wanted?.start.endsWith(' 400')) expect('status', got?.start, wanted.start);
        else expect('client', got, wanted);
      },
    }),
  );

  let onEventsEnd = (): void => {};
  plain.handle((request, response) => {
    if (request.url !== '/events') {
      request.resume().once('end', () => response.end('ok'));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    // workerd notices that a client has gone when there is something to send.
    const ticking = setInterval(() => response.write('data: 2\n\n'), 200);
    response.once('close', () => {
      clearInterval(ticking);
      onEventsEnd();
    });
  });
  plain.handleUpgrade((request, socket, head) => {
    acceptWebSocket(request, socket);
    echo(socket, head);
  });
  const streams: readonly Case[] = [
    {
      name: 'streams: the first event comes at once, and the stream breaks off when its token expires',
      run: async () => {
        const exp = Math.floor(Date.now() / 1000) + 3;
        const { closed, until } = await send(onPlain.port, 'GET /events', [bearer(sign({ exp }))]);
        await within(until((bytes) => bytes.includes('data: 1')));
        expect('whole', parseResponse(await within(closed)).isWhole, false);
        const lateMs = Date.now() - exp * 1000;
        if (lateMs < 0 || lateMs > 1000) throw new Error(`it ended ${lateMs} ms after its expiry`);
      },
    },
    {
      name: 'streams: a client that goes away ends the request at the upstream',
      run: async () => {
        const { socket, until } = await send(onPlain.port, 'GET /events', [bearer(token)]);
        await within(until((bytes) => bytes.includes('data: 1')));
        const ended = new Promise<void>((resolve) => {
          onEventsEnd = resolve;
        });
        socket.destroy();
        await within(ended);
      },
    },
  ];

  const openSocket = async (fields: readonly string[]) => {
    const connection = await send(onPlain.port, 'GET /ws', [...HANDSHAKE, ...fields]);
    await within(connection.until((bytes) => bytes.includes('\r\n\r\n')));
    return { ...connection, head: parseResponse(connection.received(), 'GET', false) };
  };
  const framesIn = (bytes: Buffer): readonly Frame[] => {
    const frames: Frame[] = [];
    createFrameParser((frame) => frames.push(frame))(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4));
    return frames;
  };
  const texts = (bytes: Buffer) =>
    framesIn(bytes).map(({ opcode, payload }) => [opcode, payload.toString('latin1')]);

  const refused: readonly Case[] = [
    ['no token', []],
    ['an expired token', [bearer(sign({ exp: 1 }))]],
    ['two tokens', [bearer(token), `Sec-WebSocket-Protocol: bearer, ${token}`]],
  ].map(
    ([name, fields]): Case => ({
      name: `websockets: ${name} is refused, and the upstream sees nothing`,
      run: async () => {
        const before = plain.requests.length;
        const { head, socket } = await openSocket(fields as readonly string[]);
        socket.destroy();
        // A runtime that passes on none says so first.
        const statuses = runtime.name === 'workerd' ? [400, 401] : [501];
        expect('refused', statuses.includes(head.status) || head.status, true);
        expect('requests', plain.requests.length, before);
      },
    }),
  );
  const passed: readonly Case[] = [
    {
      name: 'websockets: messages pass both ways, and the code of a close',
      run: async () => {
        const { head, socket, until, closed } = await openSocket([bearer(token)]);
        expect('status', head.status, 101);
        socket.write(toMasked(TEXT, Buffer.from('hello')));
        await within(until((bytes) => bytes.includes('hello')));
        socket.write(toMasked(CLOSE, Buffer.from([0x0f, 0xa0])));
        const bytes = await within(closed);
        expect('frames', texts(bytes), [
          [TEXT, 'hello'],
          [CLOSE, '\x0f\xa0'],
        ]);
      },
    },
    {
      name: 'websockets: a token in the subprotocol stays here',
      run: async () => {
        const { head, socket } = await openSocket([`Sec-WebSocket-Protocol: bearer, ${token}`]);
        socket.destroy();
        expect(
          'status',
          [head.status, head.headers.get('sec-websocket-protocol')],
          [101, ['bearer']],
        );
        const [last] = plain.requests.slice(-1);
        expect('sent', JSON.stringify(last?.rawHeaders).includes(token), false);
      },
    },
    {
      name: 'websockets: closed with 1008 when the token expires',
      run: async () => {
        const exp = Math.floor(Date.now() / 1000) + 3;
        const { head, socket, closed, until } = await openSocket([bearer(sign({ exp }))]);
        expect('status', head.status, 101);
        await within(until((bytes) => texts(bytes).some(([opcode]) => opcode === CLOSE)));
        socket.write(toMasked(CLOSE, Buffer.from([0x03, 0xf0])));
        socket.end();
        const bytes = await within(closed);
        expect('frames', texts(bytes), [[CLOSE, '\x03\xf0']]);
      },
    },
    {
      name: 'websockets: one on a public path needs a token too',
      run: async () => {
        const before = plain.requests.length;
        const connection = await send(onPlain.port, 'GET /open', HANDSHAKE);
        await within(connection.until((seen) => seen.includes('\r\n\r\n')));
        connection.socket.destroy();
        expect('status', parseResponse(connection.received(), 'GET', false).status, 401);
        expect('requests', plain.requests.length, before);
      },
    },
  ];
  const unsupported: Case = {
    name: 'websockets: none is passed on: 501',
    run: async () => {
      const before = plain.requests.length;
      const { head, socket } = await openSocket([bearer(token)]);
      socket.destroy();
      expect('status', head.status, 501);
      expect('requests', plain.requests.length, before);
    },
  };

  try {
    return await runCases([
      ...attacks,
      ...transport,
      ...streams,
      ...refused,
      ...(runtime.name === 'workerd' ? passed : [unsupported]),
    ]);
  } finally {
    for (const { stop } of gates) stop();
    await Promise.all([raw.close(), plain.close()]);
  }
};
