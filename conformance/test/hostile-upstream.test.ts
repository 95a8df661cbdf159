// A gate in front of an upstream that is broken, or hostile: each request ends soon, and the next one is served.
import { exchange, openConnection } from '@zep-auth/test-kit/http';
import { type RawUpstream, startRawUpstream } from '@zep-auth/test-kit/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GateProcess, logOf, startGateProcess } from './gate-process.ts';
import { HOSTILE_ANSWERS, type HostileAnswer } from './hostile-answers.ts';
import { requestText, SECRET } from './robustness-tokens.ts';

/** Far below the seconds that a printed source line once took. */
const SOON_MS = 1500;

let upstream: RawUpstream;
let gate: GateProcess;
beforeAll(async () => {
  upstream = await startRawUpstream();
  gate = await startGateProcess(upstream.url, { ZEP_AUTH_SECRET: SECRET }, ['--timeout', '1']);
});
afterAll(async () => {
  const { end, stderr } = await gate.stop();
  expect(end).toBe(0);
  expect(logOf(stderr).filter((line) => !/\bERR_UPSTREAM_\w+/.test(line))).toEqual([]);
  await upstream.close();
});

const REQUESTS = {
  GET: requestText('GET /x'),
  HEAD: requestText('HEAD /x'),
  POST: requestText('POST /x', { fields: ['Content-Length: 2'], body: 'hi' }),
  PUT: requestText('PUT /x', {
    fields: ['Transfer-Encoding: chunked'],
    body: '2\r\nhi\r\n0\r\n\r\n',
  }),
};

const answerWith = ({ bytes, then }: HostileAnswer): void => {
  upstream.handle((_request, socket) => {
    socket.write(bytes, 'latin1', () => {
      if (then === 'end') socket.end();
      if (then === 'reset') socket.resetAndDestroy();
    });
  });
};

describe.each(Object.entries(REQUESTS))('to %s', (_method, text) => {
  it.each(HOSTILE_ANSWERS.map((one) => [one.name, one] as const))(
    'the answer %s ends the request soon, and it is sent once',
    async (_name, answer) => {
      answerWith(answer);
      upstream.requests.length = 0;
      const startMs = performance.now();
      const { socket, closed } = await openConnection(gate.port);
      socket.write(text, 'latin1');
      await closed;
      expect(performance.now() - startMs).toBeLessThan(SOON_MS);
      expect(upstream.requests).toHaveLength(1);
      upstream.handle((_request, other) => {
        other.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood');
      });
      const next = await exchange(gate.port, requestText('GET /next'));
      expect([next.status, String(next.body)]).toEqual([200, 'good']);
    },
  );
});

it('an upstream that says nothing is a 504 for each method', async () => {
  upstream.handle(() => {});
  const answers = await Promise.all(
    Object.values(REQUESTS).map((text) => exchange(gate.port, text)),
  );
  expect(answers.map(({ status }) => status)).toEqual([504, 504, 504, 504]);
});
