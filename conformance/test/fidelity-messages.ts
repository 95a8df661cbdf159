// Requests and answers by number, from a fixed seed: at least a third of them odd.
import type { Framing } from '@zep-auth/test-kit/wire';
import { createRandom } from './robustness-garbage.ts';

/** A message before it is put on the wire. */
export interface Message {
  readonly start: string;
  readonly fields: readonly string[];
  readonly framing: Framing;
  /** The body, in the pieces that chunks are made of. */
  readonly pieces: readonly Buffer[];
  readonly trailers: readonly string[];
}

export interface Exchange {
  readonly isOdd: boolean;
  readonly request: Message;
  readonly method: string;
  readonly target: string;
  readonly answer: Message;
  /** Interim answers before it. */
  readonly hints: readonly string[];
  /** Whether the answer comes before the body of the request. */
  readonly isEarly: boolean;
}

const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'];
const ODD_METHODS = [
  'PROPFIND',
  'REPORT',
  'M-SEARCH',
  'LOCK',
  'MKCOL',
  'PURGE',
  'SEARCH',
  'UNLINK',
];
const TARGETS = ['/', '/things', '/things/17?limit=3', '/a/b/c?x=1&y=2', '/api/v1/sessions'];
const ODD_TARGETS = [
  '//',
  '//evil.example/x',
  '/a//b/../c/./d',
  '/%2e%2e/%2F%5c%00?%zz',
  '/a;b=c,d:e@f',
  '/?',
  '/??a?b',
  '/x?y=/../z&&=',
  `/'"<>\`{}|^[]\\?'"<>\`{}|^[]\\`,
  '/http://evil.example/',
  '/~user/!$&()*+',
  '/%C3%A9/%E2%82%AC',
  '/healthz',
  '/_gatekeeper',
];
const NAMES = [
  'Accept',
  'User-Agent',
  'X-Thing',
  'If-None-Match',
  'Cookie',
  'Content-Type',
  'Range',
];
const ODD_NAMES = [
  "x!#$%&'*+^`|~",
  'X_Under_Score',
  'a',
  'X-A.B',
  'UPPER',
  'x-x-x-x',
  '0',
  'Accept-Encoding',
];
const ANSWER_NAMES = [
  'Content-Type',
  'ETag',
  'Last-Modified',
  'X-Thing',
  'Server',
  'Content-Language',
];
const ODD_ANSWER_NAMES = [
  "x!#$%&'*+^`|~",
  'X_Under',
  'WWW-Authenticate',
  'Content-Encoding',
  'Warning',
  '0',
];
const STATUSES = ['200 OK', '200 OK', '201 Created', '400 Bad Request', '404 Not Found'];
const ODD_STATUSES = [
  '299 Made  Up',
  '418 ',
  '500 x',
  '503 Slow',
  '599 !"#$%',
  '999 Who knows',
  '206 P',
  '300 M',
];

const VISIBLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i)).join('');
const HIGH = Array.from({ length: 128 }, (_, i) => String.fromCharCode(0x80 + i)).join('');

/** Makes the exchange with this number. */
export const createExchange = (seed: number, number: number): Exchange => {
  const random = createRandom(seed + number * 7919);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T; // no list is empty
  const isOdd = number % 5 < 2;
  const textOf = (characters: string, length: number): string =>
    Array.from({ length }, () => characters[random(characters.length)]).join('');
  const makeValue = (): string => {
    const kind = isOdd ? random(6) : 0;
    if (kind === 1) return '';
    if (kind === 2) return textOf(HIGH, 1 + random(20));
    if (kind === 3) return `${textOf(VISIBLE, 3)} \t ${textOf(HIGH, 3)}`;
    if (kind === 4) return textOf(VISIBLE, 200 + random(800));
    return textOf(VISIBLE.replace(/[",]/g, ''), 1 + random(30));
  };
  const anyCase = (name: string): string =>
    isOdd && random(2) === 0
      ? [...name].map((c) => (random(2) === 0 ? c.toUpperCase() : c.toLowerCase())).join('')
      : name;
  const fieldsOf = (names: readonly string[], oddNames: readonly string[]): string[] =>
    Array.from({ length: random(isOdd ? 12 : 6) }, () => {
      const name = anyCase(pick(isOdd && random(2) === 0 ? oddNames : names));
      return `${name}: ${makeValue()}`;
    });
  const bodyOf = (): Buffer => {
    const sizes = [0, 1, 2, 100, 1000, 5000, isOdd && random(20) === 0 ? 200_000 : 20_000];
    const body = Buffer.alloc(pick(sizes));
    for (let i = 0; i < body.length; i += 1) body[i] = random(256);
    return body;
  };
  const split = (body: Buffer): Buffer[] => {
    const pieces: Buffer[] = [];
    for (let at = 0; at < body.length; ) {
      const size = 1 + random(isOdd ? 700 : 7000);
      pieces.push(body.subarray(at, at + size));
      at += size;
    }
    return pieces;
  };
  const trailersOf = (framing: Framing, pieces: readonly Buffer[]): string[] =>
    framing === 'chunked' && pieces.length > 0 && random(3) === 0
      ? Array.from({ length: 1 + random(3) }, (_, i) => `${anyCase('X-Sum')}: ${i}${makeValue()}`)
      : [];

  const method = pick(isOdd && random(3) === 0 ? ODD_METHODS : METHODS);
  const target = pick(isOdd && random(2) === 0 ? ODD_TARGETS : TARGETS);
  const mayHaveBody = isOdd ? random(2) === 0 : ['POST', 'PUT', 'PATCH'].includes(method);
  const requestFraming: Framing = !mayHaveBody ? 'none' : random(2) === 0 ? 'length' : 'chunked';
  const requestPieces = mayHaveBody ? split(bodyOf()) : [];
  const status = pick(isOdd && random(2) === 0 ? ODD_STATUSES : STATUSES);
  const isBodiless = random(12) === 0;
  const [code, framing]: readonly [string, Framing] = isBodiless
    ? [pick(['204 No Content', '304 Not Modified']), 'none']
    : [status, pick<Framing>(['length', 'length', 'chunked', isOdd ? 'close' : 'chunked'])];
  const pieces = isBodiless || method === 'HEAD' ? [] : split(bodyOf());
  return {
    isOdd,
    method,
    target,
    request: {
      start: `${method} ${target} HTTP/1.1`,
      fields: fieldsOf(NAMES, ODD_NAMES),
      framing: requestFraming,
      pieces: requestPieces,
      trailers: trailersOf(requestFraming, requestPieces),
    },
    answer: {
      start: `HTTP/1.1 ${code}`,
      fields: fieldsOf(ANSWER_NAMES, ODD_ANSWER_NAMES),
      framing,
      pieces,
      trailers: trailersOf(framing, pieces),
    },
    hints: isOdd && random(10) === 0 ? ['Link: </a.css>; rel=preload'] : [],
    // The gate asks the upstream with the first byte of an upload, and the last one is held back.
    isEarly: requestPieces.reduce((sum, { length }) => sum + length, 0) > 1 && random(10) === 0,
  };
};

/** A message as it goes over the wire. `more` are fields that every message of its kind has. */
export const serialize = (
  { start, fields, framing, pieces, trailers }: Message,
  more: readonly string[] = [],
): { readonly head: Buffer; readonly body: Buffer } => {
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const own = {
    none: [],
    length: [`Content-Length: ${size}`],
    chunked: ['Transfer-Encoding: chunked'],
    close: ['Connection: close'],
  }[framing];
  const head = [start, ...more, ...fields, ...own, '', ''].join('\r\n');
  const chunks = pieces.flatMap((piece) => [
    Buffer.from(`${piece.length.toString(16)}\r\n`, 'latin1'),
    piece,
    Buffer.from('\r\n'),
  ]);
  const last = Buffer.from(['0', ...trailers, '', ''].join('\r\n'), 'latin1');
  return {
    head: Buffer.from(head, 'latin1'),
    body: Buffer.concat(framing === 'chunked' ? [...chunks, last] : pieces),
  };
};
