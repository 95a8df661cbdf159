// What a broken or hostile upstream may answer, byte for byte.

/** An answer, and what follows it. */
export interface HostileAnswer {
  readonly name: string;
  /** What the upstream writes; one character for each byte. */
  readonly bytes: string;
  /** What it does then. `hang`: nothing. */
  readonly then: 'hang' | 'end' | 'reset';
}

const CRLF = '\r\n';
const head = (...lines: readonly string[]): string => `${lines.join(CRLF)}${CRLF}${CRLF}`;
const answer = (
  name: string,
  bytes: string,
  then: HostileAnswer['then'] = 'end',
): HostileAnswer => ({ name, bytes, then });

const STATUS_LINES = [
  'HTTP/1.1 000 X',
  'HTTP/1.1 001 X',
  'HTTP/1.1 099 X',
  'HTTP/1.1 99 X',
  'HTTP/1.1 100 Continue',
  'HTTP/1.1 101 Switching Protocols',
  'HTTP/1.1 199 X',
  'HTTP/1.1 600 X',
  'HTTP/1.1 999 X',
  'HTTP/1.1 1000 X',
  'HTTP/1.1 -200 X',
  'HTTP/1.1 2e2 X',
  'HTTP/1.1 2x0 X',
  'HTTP/1.1  200 X',
  'HTTP/1.1 200',
  'HTTP/1.1',
  'HTTP/1.0 200 OK',
  'HTTP/0.9 200 OK',
  'HTTP/2.0 200 OK',
  'HTTP/9.9 200 OK',
  'HTTPS/1.1 200 OK',
  'http/1.1 200 ok',
  'GET / HTTP/1.1',
  'SSH-2.0-OpenSSH_9.2',
  '',
  '\0\0\0\0',
  '\x16\x03\x01\x02\x00\x01\x00',
];

const FIELDS: readonly (readonly [string, string])[] = [
  ['no colon', 'X-Bad'],
  ['an empty name', ': x'],
  ['a space in a name', 'X Bad: 1'],
  ['a space before the colon', 'X-Bad : 1'],
  ['a fold', `X-Bad: 1${CRLF} 2`],
  ['a NUL', 'X-Bad: a\0b'],
  ['a bare CR', 'X-Bad: a\rb'],
  ['a bare LF', 'X-Bad: a\nX-Auth-Subject: root'],
  ['a long name', `${'X'.repeat(70_000)}: 1`],
  ['a long value', `X-Bad: ${'x'.repeat(70_000)}`],
  ['many fields', Array.from({ length: 9000 }, (_, i) => `X-${i}: 1`).join(CRLF)],
  ['a negative length', 'Content-Length: -1'],
  ['two lengths', `Content-Length: 2${CRLF}Content-Length: 3`],
  ['a length that is no number', 'Content-Length: two'],
  ['a length beyond all numbers', 'Content-Length: 99999999999999999999'],
  ['a length and chunks', `Content-Length: 2${CRLF}Transfer-Encoding: chunked`],
  ['an unknown coding', 'Transfer-Encoding: gzip'],
  ['chunks twice', 'Transfer-Encoding: chunked, chunked'],
  ['an upgrade unasked', `Connection: upgrade${CRLF}Upgrade: websocket`],
];

const CHUNKS: readonly (readonly [string, string])[] = [
  ['no size', `${CRLF}ok${CRLF}0${CRLF}${CRLF}`],
  ['a size that is no number', `z${CRLF}ok${CRLF}`],
  ['a negative size', `-2${CRLF}ok${CRLF}`],
  ['a size beyond all numbers', `fffffffffffffffff${CRLF}ok${CRLF}`],
  ['a long extension', `2;${'x'.repeat(70_000)}${CRLF}ok${CRLF}0${CRLF}${CRLF}`],
  ['more than was said', `2${CRLF}ok!!${CRLF}0${CRLF}${CRLF}`],
  ['bad trailers', `2${CRLF}ok${CRLF}0${CRLF}no colon${CRLF}${CRLF}`],
  ['long trailers', `2${CRLF}ok${CRLF}0${CRLF}X: ${'x'.repeat(70_000)}${CRLF}${CRLF}`],
];

const OK = head('HTTP/1.1 200 OK', 'Content-Length: 2');

export const HOSTILE_ANSWERS: readonly HostileAnswer[] = [
  ...STATUS_LINES.map((line) => answer(JSON.stringify(line), head(line, 'Content-Length: 0'))),
  ...FIELDS.map(([name, field]) => answer(name, `${head('HTTP/1.1 200 OK', field)}ok`)),
  ...CHUNKS.map(([name, chunks]) =>
    answer(
      `a chunk with ${name}`,
      `${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}${chunks}`,
    ),
  ),
  answer('nothing', ''),
  answer('nothing, and a reset', '', 'reset'),
  answer('half a status line', 'HTTP/1.1 20'),
  answer('half a head', `HTTP/1.1 200 OK${CRLF}X-`),
  answer('half a body', `${head('HTTP/1.1 200 OK', 'Content-Length: 9')}ok`),
  answer('half a body, and a reset', `${head('HTTP/1.1 200 OK', 'Content-Length: 9')}ok`, 'reset'),
  answer('more than was said', `${OK}ok!!`),
  answer('two answers', `${OK}ok${OK}no`),
  answer('a body for 204', `${head('HTTP/1.1 204 No Content', 'Content-Length: 2')}ok`),
  answer('a body for 304', `${head('HTTP/1.1 304 Not Modified')}HTTP/1.1 200 OK`),
  answer('421', `${head('HTTP/1.1 421 Misdirected Request', 'Content-Length: 0')}`),
  answer('a thousand interim answers', `${head('HTTP/1.1 103 Early Hints').repeat(1000)}${OK}ok`),
  answer('early hints that are none', `${head('HTTP/1.1 103 Early Hints', 'Link: "\xff')}${OK}ok`),
  answer('interim answers without end', head('HTTP/1.1 102 Processing').repeat(10)),
];
