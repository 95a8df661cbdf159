// What a client sent is what the upstream got, and back, byte for byte, but for what the gate's policy names.
import type { Socket } from 'node:net';
import { openConnection } from '@zep-auth/test-kit/http';
import {
  type RawUpstream,
  readResponse,
  startRawUpstream,
  type WireMessage,
} from '@zep-auth/test-kit/wire';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createExchange, type Exchange, type Message, serialize } from './fidelity-messages.ts';
import { type GateProcess, logOf, startGateProcess } from './gate-process.ts';
import { ENV, TOKEN } from './robustness-tokens.ts';

const SEED = 20_261_127;
const COUNT = 10_000;
const WORKERS = 16;

let upstream: RawUpstream;
let gate: GateProcess;
beforeAll(async () => {
  upstream = await startRawUpstream();
  gate = await startGateProcess(upstream.url, ENV);
});
afterAll(async () => {
  const { end, stderr } = await gate.stop();
  expect({ end, log: logOf(stderr) }).toEqual({ end: 0, log: [] });
  await upstream.close();
});

/** What each hop writes for itself. */
const FRAMING = /^(?:connection|content-length|host|keep-alive|transfer-encoding):/i;
const ID = /^X-Request-Id: [\da-f-]{36}$/;
/** What the gate adds, in this order, behind the client's own fields. */
const ADDED_UP = [
  /^X-Forwarded-For: 127\.0\.0\.1$/,
  /^X-Forwarded-Proto: http$/,
  /^X-Forwarded-Host: gate\.example$/,
  ID,
  /^Via: 1\.1 zep-auth$/,
];
const ADDED_DOWN = [/^Cache-Control: private$/, /^Vary: Authorization$/, ID, /^Date: .+ GMT$/];

/** Spaces around a value are not part of it (RFC 9110 section 5.5). */
const trim = (field: string): string => field.replace(/^([^:]*):[ \t]*(.*?)[ \t]*$/s, '$1: $2');

const withoutAdded = (fields: readonly string[], added: readonly RegExp[]): unknown => {
  const own = fields.filter((field) => !FRAMING.test(field));
  const tail = own.slice(own.length - added.length);
  return added.every((pattern, i) => pattern.test(tail[i] ?? ''))
    ? own.slice(0, own.length - added.length)
    : { withoutWhatTheGateAdds: fields };
};

const describeSeen = (seen: WireMessage | undefined, added: readonly RegExp[]): unknown =>
  seen && {
    start: seen.start,
    fields: withoutAdded(seen.fields, added),
    body: seen.body.toString('latin1'),
    trailers: seen.trailers,
  };

const describeSent = ({ start, fields, pieces, trailers }: Message): unknown => ({
  start,
  fields: fields.map(trim),
  body: Buffer.concat(pieces).toString('latin1'),
  trailers: trailers.map(trim),
});

/** A public path is told nothing of a token, takes no body along, and its answer is for everyone. */
const isPublic = ({ method, target }: Exchange): boolean =>
  target === '/healthz' && (method === 'GET' || method === 'HEAD');

interface Held {
  readonly exchange: Exchange;
  request?: WireMessage;
  /** The fields of a request that is answered before its body has come. */
  fields?: readonly string[];
}
const waiting = new Map<string, Held>();
const caseOf = (fields: readonly string[]): string =>
  fields.find((field) => field.startsWith('X-Case: '))?.slice(8) ?? '';

const runOne = async (number: number): Promise<unknown> => {
  const exchange = createExchange(SEED, number);
  const held: Held = { exchange };
  waiting.set(String(number), held);
  const { socket, closed } = await openConnection(gate.port);
  const { head, body } = serialize(exchange.request, [
    'Host: gate.example',
    'Connection: close',
    `Authorization: Bearer ${TOKEN}`,
    `X-Case: ${number}`,
  ]);
  socket.write(head);
  // An early answer has to come while the upload is not whole.
  socket.write(exchange.isEarly ? body.subarray(0, body.length - 1) : body);
  const response = readResponse(await closed, exchange.method, true);
  waiting.delete(String(number));

  const { answer, hints } = exchange;
  const fields = [`X-Case: ${number}`, ...exchange.request.fields];
  const expectedUp = exchange.isEarly
    ? fields.map(trim)
    : describeSent({
        ...exchange.request,
        fields,
        ...(isPublic(exchange) && { pieces: [], trailers: [] }),
      });
  const expectedDown = describeSent(answer);
  const seenUp = exchange.isEarly
    ? withoutAdded(held.fields ?? [], ADDED_UP)
    : describeSeen(held.request, ADDED_UP);
  const added = isPublic(exchange) ? ADDED_DOWN.slice(2) : ADDED_DOWN;
  const seenDown = describeSeen(response, added);
  const isSame =
    JSON.stringify(expectedUp) === JSON.stringify(seenUp) &&
    JSON.stringify(expectedDown) === JSON.stringify(seenDown) &&
    response?.interim.length === hints.length;
  return isSame ? undefined : { number, expectedUp, seenUp, expectedDown, seenDown };
};

it(`carries ${COUNT} exchanges unchanged both ways, at least a third of them odd`, async () => {
  const answerExchange = ({ answer, hints }: Exchange, socket: Socket): void => {
    for (const hint of hints) socket.write(`HTTP/1.1 103 Early Hints\r\n${hint}\r\n\r\n`);
    const { head, body } = serialize(answer);
    socket.write(head);
    socket.write(body);
    if (answer.framing === 'close') socket.end();
  };
  upstream.handleHead((fields, socket) => {
    const held = waiting.get(caseOf(fields));
    if (!held?.exchange.isEarly) return;
    held.fields = fields;
    answerExchange(held.exchange, socket);
  });
  upstream.handle((request, socket) => {
    const held = waiting.get(caseOf(request.fields));
    if (held === undefined || held.exchange.isEarly) return;
    held.request = request;
    answerExchange(held.exchange, socket);
  });
  const wrong: unknown[] = [];
  let [next, odd, early] = [0, 0, 0];
  const work = async (): Promise<void> => {
    for (let number = next++; number < COUNT; number = next++) {
      const { isOdd, isEarly } = createExchange(SEED, number);
      if (isOdd) odd += 1;
      if (isEarly) early += 1;
      const difference = await runOne(number);
      if (difference !== undefined) wrong.push(difference);
      upstream.requests.length = 0;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(odd).toBeGreaterThanOrEqual(COUNT / 3);
  expect(early).toBeGreaterThan(100);
}, 300_000);
