// Requests that no honest client sends, generated from a seed so that a failure can be reproduced. Only those of the kind
// `good` may pass the gate.
import { FOREIGN_TOKEN, requestText, TOKEN, tokenFor } from './robustness-tokens.ts';

export interface Garbage {
  readonly kind: string;
  readonly bytes: Buffer;
  /** How the client leaves: it ends its side and waits, resets the connection at once, or only waits. */
  readonly leaving: 'end' | 'reset' | 'wait';
}

/** Random numbers from a seed (mulberry32), at least 0 and below `limit`. */
export const createRandom = (seed: number): ((limit: number) => number) => {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
};

type Random = ReturnType<typeof createRandom>;

const pick = <T>(random: Random, from: readonly [T, ...T[]]): T =>
  from[random(from.length)] ?? from[0];

const randomBytes = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random(256)));

const METHODS = [
  'get',
  'GETT',
  'BREW',
  'G\tET',
  'GET\0',
  '',
  ' GET',
  'G\xc9T',
  'X'.repeat(9000),
] as const;
const VERSIONS = ['HTTP/9.9', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1x', 'ICE/1.0', ''] as const;
const FIELDS = [
  'Content-Length: -1',
  'Content-Length: 1 1',
  'Content-Length: 0x10',
  'Content-Length: 5\r\nTransfer-Encoding: chunked',
  'Content-Length: 1\r\nContent-Length: 2',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: x\x0bchunked',
  'A\0: b',
  'A : b',
  ': b',
  'A: b\nC: d',
  'A: \x01\x02',
  'no colon at all',
  ' folded: x',
] as const;

const KINDS: Readonly<Record<string, (random: Random, target: string) => string | Buffer>> = {
  'random bytes': (random) => randomBytes(random, 1 + random(2000)),
  'a TLS hello': (random) =>
    Buffer.concat([Buffer.from('160301020001fc0303', 'hex'), randomBytes(random, 504)]),
  'a cut request': (random, target) => {
    const whole = requestText(`GET ${target}`);
    return whole.slice(0, 1 + random(whole.length - 4));
  },
  'a bad method': (random, target) =>
    Buffer.from(requestText(`${pick(random, METHODS)} ${target}`), 'latin1'),
  'a bad version': (random, target) =>
    requestText(`GET ${target}`).replace('HTTP/1.1', pick(random, VERSIONS)),
  'a bad field': (random, target) =>
    Buffer.from(requestText(`POST ${target}`, { fields: [pick(random, FIELDS)] }), 'latin1'),
  'huge headers': (random, target) => {
    const fields = pick(random, [
      [`X-Large: ${'x'.repeat(17_000 + random(100_000))}`],
      Array.from({ length: 3000 }, (_, i) => `X-${i}: ${i}`),
      [`Cookie: ${'a=b; '.repeat(5000)}`],
    ]);
    return requestText(`GET ${target}`, { fields });
  },
  'a huge target': (random, target) =>
    requestText(`GET ${target}${'a'.repeat(17_000 + random(50_000))}`),
  'a forged token': (random, target) => {
    const token = pick(random, [
      FOREIGN_TOKEN,
      `${TOKEN.slice(0, -1)}${TOKEN.endsWith('A') ? 'B' : 'A'}`,
      TOKEN.slice(0, random(TOKEN.length)),
      `${tokenFor(String(random(1_000_000)))}x`,
      `${'a'.repeat(random(12_000))}.b.c`,
    ]);
    return requestText(`POST ${target}`, { token, fields: ['Content-Length: 3'], body: 'abc' });
  },
  'a broken chunk': (random) =>
    requestText('POST /broken', {
      fields: ['Transfer-Encoding: chunked'],
      body: pick(random, [
        'zz\r\nab',
        '5\r\nabcdefgh',
        '-1\r\n',
        '5\r\nab',
        'ffffffffffffffffff\r\nab',
      ]),
    }),
  good: () => requestText('GET /good'),
};

const NAMES = Object.keys(KINDS) as [string, ...string[]]; // as written above

/** The piece of garbage with this number, always the same for one seed. */
export const createGarbage = (seed: number, number: number): Garbage => {
  const random = createRandom(seed + number * 7919);
  const kind = NAMES[number % NAMES.length] ?? NAMES[0];
  const bytes = Buffer.from(KINDS[kind]?.(random, `/garbage?${number}`) ?? '');
  return { kind, bytes, leaving: kind === 'good' ? 'wait' : pick(random, ['end', 'end', 'reset']) };
};
