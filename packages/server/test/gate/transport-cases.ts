// What a gate does on the wire, case by case. The gate on Node's streams does all of it; `onFetch` says what the one on
// fetch does instead, and why it cannot do the same.
import type { Framing, WireMessage } from '@zep-auth/test-kit/wire';

/**
 * A message without what each hop writes for itself: Host, Connection, Date, Transfer-Encoding, the Content-Length of a
 * request.
 */
export interface Expected {
  readonly start: string;
  readonly framing: Framing;
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers?: readonly string[];
  readonly interim?: readonly string[];
}

export interface Case {
  readonly name: string;
  readonly send: string;
  readonly answer: string;
  /** What the upstream gets; `undefined`: nothing. */
  readonly upstream: Expected | undefined;
  readonly client: Expected;
  readonly onFetch?: {
    readonly because: string;
    readonly upstream?: Expected | null;
    readonly client?: Expected;
  };
}

const lines = (...text: readonly string[]): string => text.join('\r\n');

const TOKEN = 'Authorization: Bearer {token}';
/** What the gate writes. */
const WRITTEN = [
  'X-Forwarded-For: 127.0.0.1',
  'X-Forwarded-Proto: http',
  'X-Forwarded-Host: gate.example',
  'Via: 1.1 zep-auth',
];
const PRIVATE = ['Cache-Control: private', 'Vary: Authorization'];
const OK = lines('HTTP/1.1 200 OK', 'Content-Length: 2', '', 'ok');

const request = (start: string, fields: readonly string[] = [TOKEN], body = ''): string =>
  lines(`${start} HTTP/1.1`, 'Host: gate.example', 'Connection: close', ...fields, '', body);
const withToken = (start: string, fields: readonly string[] = [], body = ''): string =>
  request(start, [TOKEN, ...fields], body);

const arrived = (
  start: string,
  fields: readonly string[] = [],
  body = '',
  framing: Framing = body === '' ? 'none' : 'length',
): Expected => ({ start: `${start} HTTP/1.1`, framing, fields: [...fields, ...WRITTEN], body });
const answered = (
  fields: readonly string[],
  body: string,
  start = '200 OK',
  framing: Framing = 'length',
): Expected => ({ start: `HTTP/1.1 ${start}`, framing, fields: [...fields, ...PRIVATE], body });
const GOT_OK = answered(['Content-Length: 2'], 'ok');
const problem = (
  status: number,
  title: string,
  detail: string,
  ...fields: readonly string[]
): Expected => {
  const body = JSON.stringify({ type: 'about:blank', title, status, detail });
  return {
    start: `HTTP/1.1 ${status} ${title}`,
    framing: 'length',
    fields: [
      ...fields,
      'content-type: application/problem+json',
      'cache-control: no-store',
      `Content-Length: ${body.length}`,
    ],
    body,
  };
};
const MALFORMED = problem(400, 'Bad Request', 'The request can be read in more than one way.');

const LARGE = 'x'.repeat(300_000);

const REQUESTS: readonly Case[] = [
  {
    name: 'fields keep their order, their case, their number and their bytes',
    send: withToken('GET /x', ['X-B: 1', 'x-a: \xe9\xff', 'X-B: 2', 'X-Empty:', 'ACCEPT: a']),
    answer: OK,
    upstream: arrived('GET /base/x', [
      ...['X-B: 1', 'x-a: \xe9\xff', 'X-B: 2', 'X-Empty: ', 'ACCEPT: a'],
    ]),
    client: GOT_OK,
    onFetch: {
      because: 'Headers have names in lower case, sorted, and one value each',
      upstream: arrived('GET /base/x', ['accept: a', 'x-a: \xe9\xff', 'x-b: 1, 2', 'x-empty: ']),
    },
  },
  {
    name: 'the target keeps its bytes',
    send: withToken(`GET /a%2Fb//c/%zz;d=e?x='"<>&y=%20+&&=`),
    answer: OK,
    upstream: arrived(`GET /base/a%2Fb//c/%zz;d=e?x='"<>&y=%20+&&=`),
    client: GOT_OK,
    onFetch: {
      because: 'a URL encodes some signs of a query',
      upstream: arrived('GET /base/a%2Fb//c/%zz;d=e?x=%27%22%3C%3E&y=%20+&&='),
    },
  },
  {
    name: 'dot segments stay',
    send: withToken('GET /a/./b/../c'),
    answer: OK,
    upstream: arrived('GET /base/a/./b/../c'),
    client: GOT_OK,
    onFetch: { because: 'a URL resolves them', upstream: arrived('GET /base/a/c') },
  },
  {
    name: 'a path that leads out of the base path is refused',
    send: withToken('GET /a/..%2f../x'),
    answer: OK,
    upstream: undefined,
    client: MALFORMED,
  },
  {
    name: 'two slashes at the front are a path, not a host',
    send: withToken('GET //evil.example/x'),
    answer: OK,
    upstream: arrived('GET /base//evil.example/x'),
    client: GOT_OK,
  },
  {
    name: 'a fragment, which has no place in a request, is dropped',
    send: withToken('GET /x?y#z'),
    answer: OK,
    upstream: arrived('GET /base/x?y'),
    client: GOT_OK,
  },
  {
    name: 'the absolute form is asked for at the upstream, and its host counts',
    send: withToken('GET http://gate.example/x?y'),
    answer: OK,
    upstream: arrived('GET /base/x?y'),
    client: GOT_OK,
  },
  {
    name: 'the absolute form of another scheme is refused',
    send: withToken('GET https://gate.example/x'),
    answer: OK,
    upstream: undefined,
    client: MALFORMED,
  },
  {
    name: 'two Host fields are refused',
    send: withToken('GET /x', ['Host: other.example']),
    answer: OK,
    upstream: undefined,
    client: MALFORMED,
  },
  {
    name: 'a method that is not everyday stays',
    send: withToken('PROPFIND /x', ['Depth: 1']),
    answer: OK,
    upstream: arrived('PROPFIND /base/x', ['Depth: 1'], '', 'length'),
    client: GOT_OK,
  },
  {
    name: 'a GET may have a body',
    send: withToken('GET /search', ['Content-Length: 9', 'Content-Type: a/b'], '{"q":"x"}'),
    answer: OK,
    upstream: arrived('GET /base/search', ['Content-Type: a/b'], '{"q":"x"}'),
    client: GOT_OK,
    onFetch: {
      because: 'fetch has no body for GET',
      upstream: arrived('GET /base/search', ['Content-Type: a/b']),
    },
  },
  {
    name: 'a body with a length keeps it',
    send: withToken('DELETE /x', ['Content-Length: 4'], 'four'),
    answer: OK,
    upstream: arrived('DELETE /base/x', [], 'four'),
    client: GOT_OK,
  },
  {
    name: 'a body in chunks stays in chunks',
    send: withToken(
      'POST /x',
      ['Transfer-Encoding: chunked'],
      lines('5;ext=1', 'hello', '6', ' \0\xff\r\n!', '0', '', ''),
    ),
    answer: OK,
    upstream: arrived('POST /base/x', [], 'hello \0\xff\r\n!', 'chunked'),
    client: GOT_OK,
  },
  {
    name: 'trailers of a request go along, but those that could pass for headers',
    send: withToken(
      'PUT /x',
      ['Trailer: X-Sum', 'Transfer-Encoding: chunked'],
      lines(
        ...['2', 'hi', '0', 'X-Sum: \xe9', 'x-sum: 2', 'X-Auth-Subject: root', 'Host: evil'],
        ...['x_forwarded_for: 6.6.6.6', 'Authorization: Basic x', 'Cookie: a=1', '', ''],
      ),
    ),
    answer: OK,
    upstream: {
      ...arrived('PUT /base/x', ['Trailer: X-Sum'], 'hi', 'chunked'),
      trailers: ['X-Sum: \xe9', 'x-sum: 2'],
    },
    client: GOT_OK,
    onFetch: {
      because: 'fetch has no trailers',
      upstream: arrived('PUT /base/x', [], 'hi', 'chunked'),
    },
  },
  {
    name: 'a POST without a body has none',
    send: withToken('POST /x'),
    answer: OK,
    upstream: arrived('POST /base/x', [], '', 'length'),
    client: GOT_OK,
  },
  {
    name: 'a large body arrives whole',
    send: withToken('POST /x', [`Content-Length: ${LARGE.length}`], LARGE),
    answer: OK,
    upstream: arrived('POST /base/x', [], LARGE),
    client: GOT_OK,
  },
  {
    name: 'Expect is answered by the gate',
    send: withToken('PUT /x', ['Expect: 100-continue', 'Content-Length: 2'], 'hi'),
    answer: OK,
    upstream: arrived('PUT /base/x', [], 'hi'),
    client: { ...GOT_OK, interim: ['HTTP/1.1 100 Continue'] },
  },
  {
    name: 'what belongs to the connection stays behind, and what Connection names',
    send: lines(
      'GET /x HTTP/1.1',
      'Host: gate.example',
      'Connection: close, X-Hop, Via, Cookie',
      TOKEN,
      'X-Hop: 1',
      'x-hop: 2',
      'Cookie: a=1',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: close',
      'Proxy-Authorization: Basic x',
      'X-Own: 1',
      '',
      '',
    ),
    answer: OK,
    upstream: arrived('GET /base/x', ['X-Own: 1']),
    client: GOT_OK,
  },
  {
    name: 'what only the gate or a proxy can say stays behind, in any spelling',
    send: withToken('GET /x', [
      'X-Auth-Subject: root',
      'x_auth_subject: root',
      'X.Auth.Subject: root',
      'Forwarded: for=6.6.6.6',
      'X-Forwarded-For: 6.6.6.6',
      'X-FORWARDED_FOR: 6.6.6.6',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Port: 6',
      'X-Forwarded-Prefix: /evil',
      'X-Forwarded-User: root',
      'X-Real-IP: 6.6.6.6',
      'Remote-User: root',
      'X-Remote-User: root',
      'Client-IP: 6.6.6.6',
      'True-Client-IP: 6.6.6.6',
      'CF-Connecting-IP: 6.6.6.6',
      'Client-Cert: :x:',
      'X-SSL-Client-Verify: SUCCESS',
      'X-Original-Host: evil.example',
      'Front-End-Https: on',
      'Proxy: http://evil.example',
      'Content_Length: 5',
      'Transfer~Encoding: chunked',
      'X-Own: 1',
    ]),
    answer: OK,
    upstream: arrived('GET /base/x', ['X-Own: 1']),
    client: GOT_OK,
  },
  {
    name: 'TE says only that trailers are welcome',
    send: withToken('GET /x', ['TE: gzip, trailers;q=0.5']),
    answer: OK,
    upstream: arrived('GET /base/x'),
    client: GOT_OK,
  },
  {
    name: 'TE says that trailers are welcome',
    send: withToken('GET /x', ['te: gzip, Trailers']),
    answer: OK,
    upstream: arrived('GET /base/x', ['te: trailers']),
    client: GOT_OK,
    onFetch: { because: 'fetch has no trailers', upstream: arrived('GET /base/x') },
  },
  {
    name: 'the codings that a client accepts are its own affair',
    send: withToken('GET /x', ['Accept-Encoding: gzip, br;q=0.5']),
    answer: OK,
    upstream: arrived('GET /base/x', ['Accept-Encoding: gzip, br;q=0.5']),
    client: GOT_OK,
    onFetch: { because: 'fetch would decode', upstream: arrived('GET /base/x') },
  },
  {
    name: 'a public path needs no token, and takes nothing along that makes another request of it',
    send: request('GET /open?x', ['X-Original-URL: /admin', 'X-HTTP-Method: PUT', 'X-Own: 1']),
    answer: OK,
    upstream: arrived('GET /base/open?x', ['X-Own: 1']),
    client: {
      start: 'HTTP/1.1 200 OK',
      framing: 'length',
      fields: ['Content-Length: 2'],
      body: 'ok',
    },
  },
  ...['Content-Length: 38', 'Transfer-Encoding: chunked'].map((framing) => ({
    name: `a public path takes no body along, which may be read as another request: ${framing}`,
    send: request(
      'GET /open',
      [framing, 'X-Own: 1'],
      framing.startsWith('C')
        ? 'GET /admin HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n'
        : '2\r\nhi\r\n0\r\n\r\n',
    ),
    answer: OK,
    upstream: arrived('GET /base/open', ['X-Own: 1']),
    client: {
      start: 'HTTP/1.1 200 OK',
      framing: 'length' as const,
      fields: ['Content-Length: 2'],
      body: 'ok',
    },
  })),
  {
    name: 'a preflight goes on with its own fields and nothing else',
    send: request('OPTIONS /x?token=1', [
      'Origin: https://app.example',
      'Access-Control-Request-Method: PUT',
      'Cookie: a=1',
    ]),
    answer: lines('HTTP/1.1 204 No Content', 'Access-Control-Allow-Origin: *', '', ''),
    upstream: {
      start: 'OPTIONS /base/x HTTP/1.1',
      framing: 'none',
      fields: ['Origin: https://app.example', 'Access-Control-Request-Method: PUT'],
      body: '',
    },
    client: {
      start: 'HTTP/1.1 204 No Content',
      framing: 'none',
      fields: ['Access-Control-Allow-Origin: *'],
      body: '',
    },
  },
];

const ANSWERS: readonly Case[] = [
  {
    name: 'an answer keeps its status, its reason, its fields and its bytes',
    send: withToken('GET /x'),
    answer: lines(
      'HTTP/1.1 299 Made Up',
      ...['X-B: 1', 'x-a: \xe9', 'X-B: 2', 'X-Empty:', 'Content-Length: 3', '', '\0\xff\n'],
    ),
    upstream: arrived('GET /base/x'),
    client: answered(
      ['X-B: 1', 'x-a: \xe9', 'X-B: 2', 'X-Empty: ', 'Content-Length: 3'],
      '\0\xff\n',
      '299 Made Up',
    ),
    onFetch: {
      because: 'Headers join values; @hono/node-server chooses the reason, and writes UTF-8',
      client: answered(
        ['X-A: \xc3\xa9', 'X-B: 1, 2', 'X-Empty: ', 'Content-Length: 3'],
        '\0\xff\n',
        '299 unknown',
      ),
    },
  },
  {
    name: 'a reason that is not ASCII becomes the usual one',
    send: withToken('GET /x'),
    answer: lines('HTTP/1.1 200 \xe6\x88\x90', 'Content-Length: 2', '', 'ok'),
    upstream: arrived('GET /base/x'),
    client: GOT_OK,
  },
  {
    name: 'each cookie comes on its own',
    send: withToken('GET /x'),
    answer: lines(
      ...['HTTP/1.1 200 OK', 'Set-Cookie: a=1; Domain=127.0.0.1; Path=/base/y', 'Set-Cookie: b=2'],
      ...['Content-Length: 2', '', 'ok'],
    ),
    upstream: arrived('GET /base/x'),
    client: answered(['Set-Cookie: a=1; Path=/y', 'Set-Cookie: b=2', 'Content-Length: 2'], 'ok'),
  },
  {
    name: 'a redirect within the base path leads back to the gate, and another stays',
    send: withToken('GET /x'),
    answer: lines(
      ...[
        'HTTP/1.1 302 Found',
        'Location: /base/y?z',
        'Content-Location: /other',
        'Refresh: 1; url=/base/',
      ],
      ...['Content-Length: 0', '', ''],
    ),
    upstream: arrived('GET /base/x'),
    client: answered(
      ['Location: /y?z', 'Content-Location: /other', 'Refresh: 1; url=/', 'Content-Length: 0'],
      '',
      '302 Found',
    ),
  },
  {
    name: 'what belongs to the connection stays behind, and what Connection names',
    send: withToken('GET /x'),
    answer: lines(
      ...['HTTP/1.1 200 OK', 'Connection: X-Hop', 'X-Hop: 1', 'Keep-Alive: timeout=9'],
      ...['Proxy-Authenticate: Basic', 'Upgrade: h2c', 'X-Own: 1', 'Content-Length: 2', '', 'ok'],
    ),
    upstream: arrived('GET /base/x'),
    client: answered(['X-Own: 1', 'Content-Length: 2'], 'ok'),
  },
  {
    name: 'an answer to a token is private',
    send: withToken('GET /x'),
    answer: lines(
      ...['HTTP/1.1 200 OK', 'Cache-Control: public, max-age=60, s-maxage=600', 'Vary: Accept'],
      ...[
        'CDN-Cache-Control: max-age=600',
        'Surrogate-Control: max-age=600',
        'X-Accel-Expires: 600',
      ],
      ...['Content-Length: 2', '', 'ok'],
    ),
    upstream: arrived('GET /base/x'),
    client: {
      start: 'HTTP/1.1 200 OK',
      framing: 'length',
      fields: [
        'Content-Length: 2',
        'Cache-Control: max-age=60, private',
        'Vary: Accept, Authorization',
      ],
      body: 'ok',
    },
  },
  {
    name: 'an answer in chunks stays in chunks',
    send: withToken('GET /x'),
    answer: lines(
      ...['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '2', 'ok', '1', '\xff', '0', '', ''],
    ),
    upstream: arrived('GET /base/x'),
    client: answered([], 'ok\xff', '200 OK', 'chunked'),
  },
  {
    name: 'trailers of an answer come along',
    send: withToken('GET /x'),
    answer: lines(
      ...['HTTP/1.1 200 OK', 'Trailer: X-Sum', 'Transfer-Encoding: chunked', '', '2', 'ok', '0'],
      ...['X-Sum: \xe9', 'Set-Cookie: a=1', '', ''],
    ),
    upstream: arrived('GET /base/x'),
    client: {
      ...answered(['Trailer: X-Sum'], 'ok', '200 OK', 'chunked'),
      trailers: ['X-Sum: \xe9'],
    },
    onFetch: { because: 'fetch has no trailers', client: answered([], 'ok', '200 OK', 'chunked') },
  },
  {
    name: 'early hints come before the answer',
    send: withToken('GET /x'),
    answer: lines(
      ...[
        'HTTP/1.1 103 Early Hints',
        'Link: </a.css>; rel=preload',
        'Link: </b.js>; rel=preload',
        'constructor: 1',
        '',
      ],
      OK,
    ),
    upstream: arrived('GET /base/x'),
    client: {
      ...GOT_OK,
      interim: [
        lines(
          'HTTP/1.1 103 Early Hints',
          'Link: </a.css>; rel=preload, </b.js>; rel=preload',
          'constructor: 1',
        ),
      ],
    },
    onFetch: { because: 'fetch has no interim answers', client: GOT_OK },
  },
  {
    name: 'HEAD has the fields of GET',
    send: withToken('HEAD /x'),
    answer: lines('HTTP/1.1 200 OK', 'Content-Length: 1234', 'Content-Encoding: zstd', '', ''),
    upstream: arrived('HEAD /base/x'),
    client: answered(['Content-Length: 1234', 'Content-Encoding: zstd'], '', '200 OK', 'none'),
  },
  {
    name: '204 has no body and no length',
    send: withToken('DELETE /x'),
    answer: lines('HTTP/1.1 204 No Content', 'Content-Length: 0', 'X-Own: 1', '', ''),
    upstream: arrived('DELETE /base/x'),
    client: answered(['X-Own: 1'], '', '204 No Content', 'none'),
  },
  {
    name: '304 has no body, and the fields of the 200 that it stands for',
    send: withToken('GET /x', ['If-None-Match: "1"']),
    answer: lines('HTTP/1.1 304 Not Modified', 'ETag: "1"', 'Content-Length: 1234', '', ''),
    upstream: arrived('GET /base/x', ['If-None-Match: "1"']),
    client: answered(['ETag: "1"', 'Content-Length: 1234'], '', '304 Not Modified', 'none'),
    onFetch: {
      because: 'fetch takes care of caches',
      upstream: arrived('GET /base/x', [
        ...['If-None-Match: "1"', 'Cache-Control: no-cache', 'Pragma: no-cache'],
      ]),
    },
  },
  {
    name: 'an encoded body comes as it is',
    send: withToken('GET /x', ['Accept-Encoding: x-own']),
    answer: lines(
      'HTTP/1.1 200 OK',
      'Content-Encoding: x-own',
      'Content-Length: 2',
      '',
      '\x1f\x8b',
    ),
    upstream: arrived('GET /base/x', ['Accept-Encoding: x-own']),
    client: answered(['Content-Encoding: x-own', 'Content-Length: 2'], '\x1f\x8b'),
    onFetch: {
      because: 'fetch decodes what it knows, so nothing encoded is asked for',
      upstream: arrived('GET /base/x'),
      client: problem(502, 'Bad Gateway', 'The upstream service did not answer.'),
    },
  },
  {
    name: 'the upstream’s own refusal is no affair of the gate',
    send: withToken('GET /x'),
    answer: lines(
      'HTTP/1.1 401 Unauthorized',
      'WWW-Authenticate: Basic',
      'Content-Length: 2',
      '',
      'no',
    ),
    upstream: arrived('GET /base/x'),
    client: answered(['WWW-Authenticate: Basic', 'Content-Length: 2'], 'no', '401 Unauthorized'),
  },
  {
    name: 'a large answer arrives whole',
    send: withToken('GET /x'),
    answer: lines('HTTP/1.1 200 OK', `Content-Length: ${LARGE.length}`, '', LARGE),
    upstream: arrived('GET /base/x'),
    client: answered([`Content-Length: ${LARGE.length}`], LARGE),
  },
];

const NO_TOKEN = problem(
  401,
  'Unauthorized',
  'This resource needs a bearer token.',
  'www-authenticate: Bearer realm="api"',
);

const OWN: readonly Case[] = [
  {
    name: 'without a token nothing reaches the upstream',
    send: request('GET /x', []),
    answer: OK,
    upstream: undefined,
    client: NO_TOKEN,
  },
  {
    name: 'nor with another token behind the first',
    send: withToken('GET /x', ['authorization: Bearer x']),
    answer: OK,
    upstream: undefined,
    client: {
      ...problem(400, 'Bad Request', ''),
      fields: [
        'www-authenticate: Bearer realm="api", error="invalid_request"',
        'content-type: application/problem+json',
        'cache-control: no-store',
        'Content-Length: 130',
      ],
      body: '{"type":"about:blank","title":"Bad Request","status":400,"detail":"The request has several credentials.","code":"invalid_request"}',
    },
  },
  {
    name: 'TRACE is not let through',
    send: withToken('TRACE /x'),
    answer: OK,
    upstream: undefined,
    client: problem(
      405,
      'Method Not Allowed',
      'This method is not let through.',
      'allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    ),
  },
  {
    name: 'the gate answers for its health',
    send: request('GET /_gate/health', []),
    answer: OK,
    upstream: undefined,
    client: {
      start: 'HTTP/1.1 200 OK',
      framing: 'length',
      fields: ['content-type: application/json', 'cache-control: no-store', 'Content-Length: 15'],
      body: '{"status":"ok"}',
    },
  },
  {
    name: 'an auth subrequest is answered without the upstream',
    send: withToken('GET /_gate/auth'),
    answer: OK,
    upstream: undefined,
    client: {
      start: 'HTTP/1.1 204 No Content',
      framing: 'none',
      fields: ['cache-control: no-store'],
      body: '',
    },
  },
];

const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
const upgrade = (protocol: string, ...fields: readonly string[]): string =>
  lines(
    'GET /x HTTP/1.1',
    'Host: gate.example',
    'Connection: Upgrade',
    `Upgrade: ${protocol}`,
    KEY,
    ...fields,
    '',
    '',
  );
const NO_UPGRADE = problem(501, 'Not Implemented', 'This upgrade is not let through.');
const SWITCHED = lines(
  'HTTP/1.1 101 Switching Protocols',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  '',
  '\x81\x02hi',
);

/** The connection of an upgrade stays open. Other runtimes prove theirs with WebSockets. */
export const UPGRADES: readonly Case[] = [
  {
    name: 'an upgrade is passed on, and what follows it byte for byte',
    send: upgrade('websocket', TOKEN),
    answer: SWITCHED,
    upstream: arrived('GET /base/x', ['upgrade: websocket', KEY]),
    client: {
      start: 'HTTP/1.1 101 Switching Protocols',
      framing: 'close',
      fields: [
        'Upgrade: websocket',
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
        ...PRIVATE,
      ],
      body: '\x81\x02hi',
    },
    onFetch: { because: 'fetch cannot switch protocols', upstream: null, client: NO_UPGRADE },
  },
  {
    name: 'an upgrade to another version of HTTP is not let through',
    send: upgrade('HTTP/2.0', TOKEN),
    answer: SWITCHED,
    upstream: undefined,
    client: NO_UPGRADE,
  },
  {
    name: 'an upgrade needs a token',
    send: upgrade('websocket'),
    answer: SWITCHED,
    upstream: undefined,
    client: NO_TOKEN,
    onFetch: { because: 'fetch cannot switch protocols', client: NO_UPGRADE },
  },
];

export const CASES: readonly Case[] = [...REQUESTS, ...ANSWERS, ...OWN];

/** What Node's `fetch` adds to a request, or writes in its own way, and @hono/node-server to an answer. */
const ADDED_BY_FETCH =
  /^(?:accept: \*\/\*|accept-language: \*|sec-fetch-mode: cors|user-agent: node|accept-encoding: identity|content-type: text\/plain; charset=UTF-8)$/;
/** What each hop writes for itself. */
const OF_THE_HOP = /^(?:host|connection|keep-alive|date|transfer-encoding):/i;

/** A message as a case expects it; sorted where a transport sorts. */
export const describeMessage = (
  message: WireMessage | undefined,
  sort: boolean,
): Expected | undefined => {
  if (message === undefined) return undefined;
  const { start, framing, body, trailers, interim } = message;
  const isRequest = start.endsWith(' HTTP/1.1');
  const own = message.fields.filter(
    (field) => !OF_THE_HOP.test(field) && !(isRequest && /^content-length:/i.test(field)),
  );
  const lower = (field: string): string => field.replace(/^[^:]+/, (name) => name.toLowerCase());
  const fields = sort
    ? own
        .map(lower)
        .filter((field) => !ADDED_BY_FETCH.test(field))
        .sort()
    : own;
  return {
    start,
    framing,
    fields,
    body: body.toString('latin1'),
    ...(trailers.length > 0 && { trailers }),
    ...(interim.length > 0 && { interim }),
  };
};

/** What a case expects of a transport that sorts. */
export const sorted = (expected: Expected | undefined): Expected | undefined =>
  expected && {
    ...expected,
    fields: expected.fields
      .map((field) => field.replace(/^[^:]+/, (name) => name.toLowerCase()))
      .filter((field) => !ADDED_BY_FETCH.test(field))
      .sort(),
  };
