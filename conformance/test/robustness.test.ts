// The gate as a process in front of a real upstream, with clients that are slow, gone, odd or many. Each wait is for an
// observable event, not for a time.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as ask, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openConnection, parseResponses, type RawConnection } from '../kit/http.ts';
import { type GateProcess, HAS_PROC, logOf, startGateProcess } from './gate-process.ts';
import { createGarbage, createRandom } from './robustness-garbage.ts';
import { ENV, FOREIGN_TOKEN, requestText, SECRET, TOKEN, TOKEN_MARK } from './robustness-tokens.ts';
import { describeUpload, type RobustUpstream, startRobustUpstream } from './robustness-upstream.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Long enough for a busy machine. */
const PATIENT = { timeout: 60_000 };
const NO_PROC = 'SKIPPED: this system has no /proc, so the memory of the gate is not measured';
if (!HAS_PROC) process.stderr.write(`${NO_PROC}\n`);

const listOf = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');
/** The whole responses in `bytes`, each as its status and its body. */
const textsIn = (bytes: Buffer): readonly string[] =>
  parseResponses(bytes).map(({ status, body }) => `${status} ${body}`);

/** Sends a request on a new connection and reads until the gate closes it. */
const textsFor = async (gate: GateProcess, request: string): Promise<readonly string[]> => {
  const { socket, closed } = await openConnection(gate.port);
  socket.write(request);
  return textsIn(await closed);
};

/** Sends a good request on a new connection. */
const expectGoodAnswer = async (gate: GateProcess): Promise<void> => {
  expect(await textsFor(gate, requestText('GET /good'))).toEqual(['200 /good']);
};

/** The log of a gate that has refused many requests and failed at none: three kinds of lines, and no secret. */
const expectCleanLog = (stderr: string): void => {
  const known =
    /^\S+Z (?:(?:refused|failed) [A-Z]+ \/|refused what is not a request: ERR_REQUEST_MALFORMED status=4)/;
  expect(logOf(stderr).filter((line) => !known.test(line))).toEqual([]);
  for (const secret of [SECRET, TOKEN_MARK, TOKEN.slice(-43), FOREIGN_TOKEN.slice(-43)]) {
    expect(stderr.includes(secret)).toBe(false);
  }
};

describe('a gate among odd clients', () => {
  let upstream: RobustUpstream;
  let gate: GateProcess;
  let filesAtFirst = 0;

  beforeAll(async () => {
    upstream = await startRobustUpstream();
    gate = await startGateProcess(upstream.url, ENV);
    await expectGoodAnswer(gate);
    if (HAS_PROC) filesAtFirst = gate.openFiles();
  });
  afterAll(async () => {
    await gate.stop();
    await upstream.close();
  });

  it('answers good requests while dozens of others arrive byte by byte, and then those', async () => {
    upstream.on('/slow', describeUpload);
    const body = 'slow but whole';
    const sized = [`Content-Length: ${body.length}`];
    const chunked = ['Transfer-Encoding: chunked'];
    const chunks = `${[...body].map((letter) => `1\r\n${letter}\r\n`).join('')}0\r\n\r\n`;
    const texts = [
      requestText('GET /slow'),
      requestText('POST /slow', { fields: sized, body }),
      requestText('POST /slow', { fields: chunked, body: chunks }),
    ];
    const slow = await Promise.all(
      listOf(30, async (i) => ({
        connection: await openConnection(gate.port),
        text: texts[i % 3] ?? '',
      })),
    );
    for (let at = 0; at < Math.max(...texts.map(({ length }) => length)); at++) {
      for (const { connection, text } of slow) {
        if (at < text.length) connection.socket.write(text.charAt(at));
      }
      await expectGoodAnswer(gate); // which also lets each byte leave alone
    }
    const answers = await Promise.all(slow.map(({ connection }) => connection.closed));
    const empty = `200 /slow 0 ${sha256('')}`;
    const whole = `200 /slow ${body.length} ${sha256(body)}`;
    const expected = [empty, whole, whole];
    expect(answers.map(textsIn)).toEqual(listOf(30, (i) => [expected[i % 3]]));
  });

  it('refuses a bad token before its slow body has arrived', async () => {
    const request = { token: FOREIGN_TOKEN, fields: ['Content-Length: 1000000'], isLast: false };
    const connections = await Promise.all(listOf(30, () => openConnection(gate.port)));
    for (const { socket } of connections) socket.write(requestText('POST /refused', request));
    for (const { socket, until, received } of connections) {
      socket.write('x');
      await until((bytes) => parseResponses(bytes).length > 0);
      expect(parseResponses(received())[0]?.status).toBe(401);
      socket.destroy();
    }
    expect(upstream.seen()).not.toContain('/refused');
  });

  it.each(['destroy', 'resetAndDestroy'] as const)(
    'ends an upload at the upstream when its client goes away: %s',
    async (leave) => {
      let [begun, broken] = [0, 0];
      upstream.on('/upload', (request) => {
        request.once('data', () => {
          begun += 1;
        });
        request.once('close', () => {
          if (!request.complete) broken += 1;
        });
        request.on('error', () => {}).resume();
      });
      const connections = await Promise.all(listOf(40, () => openConnection(gate.port)));
      const fields = [`Content-Length: ${10 * MIB}`];
      const body = 'x'.repeat(64 * KIB);
      for (const { socket } of connections)
        socket.write(requestText('PUT /upload', { fields, body }));
      await vi.waitFor(() => expect(begun).toBe(40), PATIENT);
      for (const { socket } of connections) socket[leave]();
      await vi.waitFor(() => expect(broken).toBe(40), PATIENT);
      await expectGoodAnswer(gate);
    },
  );

  it.each(['destroy', 'resetAndDestroy'] as const)(
    'ends a download at the upstream when its client goes away: %s',
    async (leave) => {
      let broken = 0;
      upstream.on('/download', (_request, response) => {
        const block = Buffer.alloc(64 * KIB);
        const send = (): void => {
          while (!response.destroyed && response.write(block));
        };
        response.on('drain', send).once('close', () => {
          if (!response.writableFinished) broken += 1;
        });
        send();
      });
      const connections = await Promise.all(listOf(40, () => openConnection(gate.port)));
      for (const { socket } of connections) socket.write(requestText('GET /download'));
      await Promise.all(
        connections.map(async ({ socket, untilBytes }) => {
          await untilBytes(256 * KIB);
          socket.pause();
        }),
      );
      for (const { socket } of connections) socket[leave]();
      await vi.waitFor(() => expect(broken).toBe(40), PATIENT);
      await expectGoodAnswer(gate);
    },
  );

  it('treats a half-closed connection as a client that has left, and ends the request at the upstream', async () => {
    // A client that still waits looks the same; otherwise the gate would go on for clients that are gone.
    let [begun, broken] = [0, 0];
    upstream.on('/half', (_request, response) => {
      begun += 1;
      response.once('close', () => {
        if (!response.writableFinished) broken += 1;
      });
    });
    const connections = await Promise.all(listOf(20, () => openConnection(gate.port)));
    for (const { socket } of connections) socket.write(requestText('GET /half', { isLast: false }));
    await vi.waitFor(() => expect(begun).toBe(20), PATIENT);
    for (const { socket } of connections) socket.end();
    const answers = await Promise.all(connections.map(({ closed }) => closed));
    expect(answers.map(textsIn)).toEqual(listOf(20, () => []));
    await vi.waitFor(() => expect(broken).toBe(20), PATIENT);
    await expectGoodAnswer(gate);
  });

  it('answers 500 pipelined requests in order, each with its own status', async () => {
    const random = createRandom(500);
    upstream.on('/pipelined', ({ url }, response) => {
      // After some turns, so that answers would reach the gate in another order if it asked for all at once.
      const answerAfter = (turns: number): void => {
        if (turns === 0) response.end(url);
        else setImmediate(answerAfter, turns - 1);
      };
      answerAfter(random(20));
    });
    const tokens = listOf(500, () => (random(2) === 0 ? TOKEN : FOREIGN_TOKEN));
    const { socket, closed } = await openConnection(gate.port);
    socket.write(
      tokens
        .map((token, i) => requestText(`GET /pipelined?${i}`, { token, isLast: i === 499 }))
        .join(''),
    );
    const answers = parseResponses(await closed).map(({ status, body }) =>
      status === 200 ? String(body) : status,
    );
    expect(answers).toEqual(tokens.map((token, i) => (token === TOKEN ? `/pipelined?${i}` : 401)));
    const arrived = upstream.seen().filter((target) => target.startsWith('/pipelined'));
    expect(arrived).toEqual(answers.filter((answer) => answer !== 401));
  });

  const SEED = 20_260_401;

  /** Sends the pieces of garbage with these numbers, 50 at a time, and resolves with the wrong answers. */
  const sendGarbage = async (from: number, to: number): Promise<readonly string[]> => {
    const wrong: string[] = [];
    let next = from;
    const work = async (): Promise<void> => {
      for (let number = next++; number < to; number = next++) {
        const { kind, bytes, leaving } = createGarbage(SEED, number);
        const { socket, closed } = await openConnection(gate.port);
        if (leaving === 'end') socket.end(bytes);
        else socket.write(bytes);
        if (leaving === 'reset') socket.resetAndDestroy();
        const texts = textsIn(await closed);
        const isRight =
          kind === 'good'
            ? texts.join() === '200 /good'
            : texts.every((text) => /^(?:4\d\d|50[15]) /.test(text));
        if (!isRight) wrong.push(`seed ${SEED}, number ${number}, ${kind}: ${texts}`);
      }
    };
    await Promise.all(listOf(50, work));
    return wrong;
  };

  it('forwards only the good requests among 10,000 connections of garbage', {
    timeout: 300_000,
  }, async () => {
    const count = upstream.requests.length;
    expect(await sendGarbage(0, 5000)).toEqual([]);
    const before = HAS_PROC ? gate.memory().nowMiB : 0;
    expect(await sendGarbage(5000, 10_000)).toEqual([]);
    const after = HAS_PROC ? gate.memory().nowMiB : 0;
    expect(after - before).toBeLessThan(64);
    const arrived = new Set(upstream.seen().slice(count));
    expect([...arrived].sort()).toEqual(['/broken', '/good']);
  });

  it('has no open connection and no error left when all of them are gone, and still answers', async () => {
    await expectGoodAnswer(gate);
    await vi.waitFor(async () => expect(await upstream.connections()).toBe(0), PATIENT);
    if (HAS_PROC) {
      await vi.waitFor(() => expect(gate.openFiles()).toBeLessThanOrEqual(filesAtFirst), PATIENT);
    }
    await expectGoodAnswer(gate);
    const { end, stderr } = await gate.stop();
    expect(end).toBe(0);
    expectCleanLog(stderr);
    expect(stderr).toContain('refused POST /garbage: ERR_TOKEN_SIGNATURE');
  });
});

describe('200 MiB each way at once', () => {
  const BLOCKS = 200;
  const noise = randomBytes(MIB);
  /** Block `i` of a large body. Every block is different. */
  const block = (i: number): Buffer => {
    const copy = Buffer.from(noise);
    copy.writeUInt32BE(i);
    return copy;
  };
  const digestOf = (blocks: number): string => {
    const hash = createHash('sha256');
    for (let i = 0; i < blocks; i++) hash.update(block(i));
    return hash.digest('hex');
  };

  interface Sending {
    sentBlocks: number;
  }

  /** Sends a large body with back-pressure. */
  const sendBlocks = async (
    to: NodeJS.WritableStream,
    blocks: number,
    sending: Sending,
  ): Promise<void> => {
    for (let i = 0; i < blocks; i++) {
      if (!to.write(block(i))) await once(to, 'drain');
      sending.sentBlocks += 1;
    }
    to.end();
  };

  /** Reads the first piece of a large body, waits for permission to read on, and resolves with the hash. */
  const receive = async (from: IncomingMessage, mayReadOn: Promise<void>): Promise<string> => {
    const hash = createHash('sha256');
    let isFirst = true;
    for await (const chunk of from) {
      hash.update(chunk as Buffer); // no encoding is set
      if (isFirst) await mayReadOn;
      isFirst = false;
    }
    return hash.digest('hex');
  };

  /** Waits until a number no longer changes, because its sender has been made to wait. */
  const untilStill = async (read: () => number): Promise<void> => {
    let [last, stillFor] = [-1, 0];
    await vi.waitFor(
      () => {
        stillFor = read() === last ? stillFor + 1 : 0;
        last = read();
        expect(stillFor).toBeGreaterThanOrEqual(10);
      },
      { interval: 20, ...PATIENT },
    );
  };

  let upstream: RobustUpstream;
  let gate: GateProcess;
  beforeAll(async () => {
    upstream = await startRobustUpstream();
    gate = await startGateProcess(upstream.url, ENV);
  });
  afterAll(async () => {
    const { end, stderr } = await gate.stop();
    expect({ end, log: logOf(stderr) }).toEqual({ end: 0, log: [] });
    await upstream.close();
  });

  /** An upload and a download at once. Both receivers stop after their first piece until told to go on. */
  const stream = async (blocks: number, whileStopped: () => Promise<void>) => {
    const [up, down]: readonly [Sending, Sending] = [{ sentBlocks: 0 }, { sentBlocks: 0 }];
    let goOn = (): void => {};
    const mayReadOn = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    upstream.on('/up', async (request, response) => {
      response.end(await receive(request, mayReadOn));
    });
    upstream.on('/down', (_request, response) => void sendBlocks(response, blocks, down));
    const open = (method: string, path: string, fields: Readonly<Record<string, string>> = {}) =>
      ask({
        host: '127.0.0.1',
        port: gate.port,
        agent: false,
        method,
        path,
        headers: { authorization: `Bearer ${TOKEN}`, ...fields },
      });
    const upload = open('PUT', '/up', { 'content-length': String(blocks * MIB) });
    const download = open('GET', '/down').end();
    const [uploaded, downloaded] = [once(upload, 'response'), once(download, 'response')];
    const sent = sendBlocks(upload, blocks, up);
    const [answer] = (await downloaded) as [IncomingMessage];
    const received = receive(answer, mayReadOn);
    await untilStill(() => up.sentBlocks + down.sentBlocks);
    const stoppedAt = [up.sentBlocks, down.sentBlocks];
    await whileStopped();
    goOn();
    await sent;
    const [confirmation] = (await uploaded) as [IncomingMessage];
    const texts = await confirmation.toArray();
    return { up: String(Buffer.concat(texts)), down: await received, stoppedAt };
  };

  let growthMiB: number | undefined;

  it('arrive unchanged, and wait for a slow reader', async () => {
    await stream(16, async () => {}); // a warm-up
    const before = HAS_PROC ? gate.memory().peakMiB : 0;
    const { up, down, stoppedAt } = await stream(BLOCKS, () => expectGoodAnswer(gate));
    if (HAS_PROC) growthMiB = gate.memory().peakMiB - before;
    expect({ up, down }).toEqual({ up: digestOf(BLOCKS), down: digestOf(BLOCKS) });
    // The kernel buffers some megabytes in both directions.
    for (const blocks of stoppedAt) expect(blocks).toBeLessThan(40);
  });

  // Node's fetch keeps a copy of a streamed body in case of a redirect, even if it follows none.
  it.runIf(HAS_PROC)('are not held in memory', () => {
    expect(growthMiB).toBeLessThan(64);
  });
});

describe('SIGTERM', () => {
  it('finishes the requests in flight, accepts no new one, and exits with 0', async () => {
    const upstream = await startRobustUpstream();
    const gate = await startGateProcess(upstream.url, ENV);
    try {
      const held: (() => void)[] = [];
      const large = 'x'.repeat(256 * KIB);
      upstream.on('/late', (request, response) => {
        request.resume();
        held.push(() => response.end(large));
      });
      upstream.on('/half-sent', (request, response) => {
        request.resume();
        response.write(large);
        held.push(() => response.end(large));
      });
      upstream.on('/half-read', (request, response) => {
        request.once('data', () => held.push(() => {}));
        describeUpload(request, response);
      });
      const open = async (
        start: string,
        fields: readonly string[],
        body = '',
      ): Promise<RawConnection> => {
        const connection = await openConnection(gate.port);
        connection.socket.write(requestText(start, { fields, body, isLast: false }));
        return connection;
      };
      const late = await Promise.all(listOf(20, () => open('GET /late', [])));
      const halfSent = await Promise.all(listOf(20, () => open('GET /half-sent', [])));
      const halves = ['first half,', ' second half'] as const;
      const sized = [`Content-Length: ${halves.join('').length}`];
      const halfRead = await Promise.all(
        listOf(20, () => open('PUT /half-read', sized, halves[0])),
      );
      const idle = await open('GET /good', []);
      await idle.until((bytes) => parseResponses(bytes).length > 0);
      const silent = await openConnection(gate.port);
      await vi.waitFor(() => expect(held).toHaveLength(60), PATIENT);
      await Promise.all(halfSent.map(({ untilBytes }) => untilBytes(KIB)));

      const ended = gate.stop();
      expect(textsIn(await idle.closed)).toEqual(['200 /good']);
      expect(textsIn(await silent.closed)).toEqual([]);
      // A later connection gets no answer, whether it is refused or closed.
      const afterwards = await textsFor(gate, requestText('GET /good?new')).catch(() => []);
      expect(afterwards).toEqual([]);
      expect(upstream.seen()).not.toContain('/good?new');

      for (const answer of held) answer();
      for (const { socket } of halfRead) socket.write(halves[1]);
      const answersOf = async (connections: readonly RawConnection[]) =>
        (await Promise.all(connections.map(({ closed }) => closed))).map(textsIn);
      const whole = `200 /half-read ${halves.join('').length} ${sha256(halves.join(''))}`;
      expect(await answersOf(late)).toEqual(listOf(20, () => [`200 ${large}`]));
      expect(await answersOf(halfSent)).toEqual(listOf(20, () => [`200 ${large}${large}`]));
      expect(await answersOf(halfRead)).toEqual(listOf(20, () => [whole]));
      const { end, stderr } = await ended;
      expect({ end, log: logOf(stderr) }).toEqual({ end: 0, log: [] });
    } finally {
      await gate.stop();
      await upstream.close();
    }
  });
});
