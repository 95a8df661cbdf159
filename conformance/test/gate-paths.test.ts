// Path bypass at the gate: the same paths over a socket, byte for byte, compared with what reaches the upstream.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encode, seal } from '../kit/attacks/craft.ts';
import { HEADER } from '../kit/attacks/row.ts';
import { createClient, type RawClient } from '../kit/http.ts';
import { type Recorded, startUpstream, type Upstream } from '../kit/upstream.ts';
import { type GateProcess, startGateProcess } from './gate-process.ts';
import { createPaths, isPublicPath, PUBLIC_PATHS, pathOf } from './path-mutations.ts';

const SECRET =
  'UGF0aHMgYXJlIGNvbXBhcmVkIGJ5dGUgZm9yIGJ5dGUsIGFuZCBub3RoaW5nIGlzIGRlY29kZWQgb24gdGhlIHdheQ==';
const TOKEN = await seal(`${encode(HEADER)}.${encode('{"sub":"alice"}')}`, SECRET);
const BEARER = { authorization: `Bearer ${TOKEN}` };
const PREFLIGHT = { origin: 'https://a.example', 'access-control-request-method': 'GET' };

const paths = createPaths();

/** The target without a fragment, which has no place in a request, and without spaces at its end, which Node skips. */
const withoutFragment = (target: string): string => target.replace(/(?:#.*| +)$/s, '');
/** Whether HTTP/1.1 can carry a target: visible ASCII. Any other is a 400. */
const isReadable = (target: string): boolean => /^[\x21-\x7e]+ *$/.test(target);

describe('the gate over a socket', () => {
  let upstream: Upstream;
  let gate: GateProcess;
  let client: RawClient;

  beforeAll(async () => {
    upstream = await startUpstream();
    const open = PUBLIC_PATHS.flatMap((path) => ['--public-path', path]);
    gate = await startGateProcess(upstream.url, { ZEP_AUTH_SECRET: SECRET }, open);
    client = createClient(gate.port);
  });
  afterEach(() => {
    expect(upstream.requests.splice(0)).toEqual([]); // each test has taken its requests
  });
  afterAll(async () => {
    client?.close();
    await gate?.stop();
    await upstream?.close();
  });

  const ask = async (
    start: string,
    fields: Record<string, string> = {},
  ): Promise<{ readonly status: number | undefined; readonly reached: readonly Recorded[] }> => {
    const all = { host: 'gate.example', ...fields };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    const answer = await client.ask([start, ...lines, '', ''].join('\r\n'));
    return { status: answer?.status, reached: upstream.requests.splice(0) };
  };

  /** Whether the answer to a request without a token is right: a refusal, or exactly a public path. */
  const isHarmless = (
    method: string,
    { status, reached }: Awaited<ReturnType<typeof ask>>,
  ): boolean => {
    const [request] = reached;
    if (request === undefined) return status === 400 || status === 401;
    const isSafe = method === 'GET' || method === 'HEAD';
    const isOpen = isSafe && request.method === method && isPublicPath(pathOf(request.target));
    return (
      status === 200 && reached.length === 1 && isOpen && !request.headers.has('authorization')
    );
  };

  it(`forwards only public paths of ${paths.length} requests without a token`, async () => {
    const wrong: unknown[] = [];
    let opened = 0;
    for (const path of paths) {
      const answer = await ask(`GET ${path} HTTP/1.1`);
      if (!isHarmless('GET', answer)) wrong.push([path, answer]);
      const isExact = isPublicPath(pathOf(path)) && isReadable(path);
      if (isExact && answer.reached[0]?.target !== withoutFragment(path))
        wrong.push([path, answer]);
      opened += answer.reached.length;
    }
    expect(wrong).toEqual([]);
    expect(opened).toBeGreaterThanOrEqual(60);
  });

  const sample = paths.filter((path, i) => i % 6 === 0 || isPublicPath(pathOf(path)));
  const methods = ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'GeT', 'get', 'PROPFIND', 'TRACE'];
  it.each(methods)(
    `forwards only public paths of ${sample.length} requests with the method %s`,
    async (method) => {
      const wrong: unknown[] = [];
      let opened = 0;
      for (const path of sample) {
        const answer = await ask(`${method} ${path} HTTP/1.1`, { 'content-length': '0' });
        const isTrace = method === 'TRACE' && answer.status === 405 && answer.reached.length === 0;
        if (!isTrace && !isHarmless(method, answer)) wrong.push([path, answer]);
        opened += answer.reached.length;
      }
      expect(wrong).toEqual([]);
      expect(opened > 0).toBe(method === 'HEAD');
    },
  );

  it(`forwards ${sample.length} preflights with only their path`, async () => {
    const wrong: unknown[] = [];
    let forwarded = 0;
    for (const path of sample) {
      const fields = { ...PREFLIGHT, cookie: 'a=b', 'x-original-url': '/admin' };
      const { status, reached } = await ask(`OPTIONS ${path} HTTP/1.1`, fields);
      const [request] = reached;
      forwarded += reached.length;
      const isRefused = request === undefined && status === 400 && !isReadable(path);
      const isBare =
        request?.method === 'OPTIONS' &&
        reached.length === 1 &&
        request.target === pathOf(withoutFragment(path)) &&
        !['cookie', 'x-original-url', 'authorization'].some((name) => request.headers.has(name));
      if (!isRefused && !isBare) wrong.push([path, status, reached]);
    }
    expect(wrong).toEqual([]);
    expect(forwarded).toBeGreaterThanOrEqual(sample.length / 2);
  });

  it(`forwards ${paths.length} paths with a token, byte for byte`, async () => {
    const wrong: unknown[] = [];
    let exact = 0;
    for (const path of paths) {
      const { status, reached } = await ask(`GET ${path} HTTP/1.1`, BEARER);
      const [request] = reached;
      const isRefused = request === undefined && status === 400 && !isReadable(path);
      const isForwarded =
        status === 200 && reached.length === 1 && request?.target === withoutFragment(path);
      if (isForwarded) exact++;
      if (!isRefused && !isForwarded) wrong.push([path, status, reached]);
    }
    expect(wrong).toEqual([]);
    expect(exact).toBeGreaterThanOrEqual(paths.length / 2);
  });

  it.each([
    ['http://gate.example/healthz', 200],
    ['http://evil.example/healthz', 200],
    ['http://gate.example/admin/../healthz', 401],
    ['http://gate.example/healthz/../admin', 401],
    ['http://gate.example/healthz/%2e%2e/admin', 401],
    ['http://gate.example//healthz', 401],
    ['http://gate.example/healthz/', 401],
    ['http://gate.example/admin?/healthz', 401],
    ['http://gate.example/admin#/healthz', 401],
    ['http://healthz/', 401],
    ['http://healthz/admin', 401],
    ['http://gate.example/healthz@evil.example/', 401],
    ['http://gate.example\\healthz', 400],
    ['HTTP://gate.example/healthz', 200],
    ['ftp://gate.example/healthz', 400],
    ['//gate.example/healthz', 401],
    ['//healthz', 401],
    ['\\healthz', 400],
    ['healthz', 400],
    ['gate.example/healthz', 400],
    ['*', 400],
    ['', 400],
  ])('answers the target %s without a token with %d', async (target, status) => {
    const answer = await ask(`GET ${target} HTTP/1.1`);
    expect(answer.status).toBe(status);
    expect(isHarmless('GET', answer)).toBe(true);
  });

  it.each([
    'healthz',
    'gate.example/healthz',
    'gate.example/healthz?',
    'gate.example/healthz#',
    'gate.example\\healthz?',
    'gate.example:80/healthz?',
    'a@gate.example/healthz?',
    '1/open?',
    '1/open#',
    '/healthz?',
    '//healthz?',
    '',
    ' ',
  ])('takes no path out of the Host %j', async (host) => {
    for (const path of ['/admin', '/admin/healthz', '//healthz']) {
      expect(isHarmless('GET', await ask(`GET ${path} HTTP/1.1`, { host }))).toBe(true);
    }
  });

  it.each([
    ['CVE-2026-29087', '/public%2Finfo'],
    ['CVE-2026-29087', '/public%2finfo'],
    ['CVE-2026-29087', '/public/info%2F..%2F..%2Fadmin'],
    ['CVE-2026-29087', '/healthz%2F..%2Fadmin'],
    ['CVE-2026-39406', '//healthz'],
    ['CVE-2026-39406', '//admin'],
    ['CVE-2026-39406', '/public//info'],
    ['CVE-2026-39406', '///public/info'],
  ])('%s: %s needs a token, and is forwarded unchanged with one', async (_, path) => {
    expect(await ask(`GET ${path} HTTP/1.1`)).toEqual({ status: 401, reached: [] });
    const { reached } = await ask(`GET ${path} HTTP/1.1`, BEARER);
    expect(reached.map(({ target }) => target)).toEqual([path]);
  });

  it('forwards no header that would turn a public path into another request', async () => {
    const fields = {
      'X-Original-URL': '/admin',
      'X-Rewrite-URL': '/admin',
      'X-HTTP-Method-Override': 'DELETE',
      'X-Method-Override': 'DELETE',
      X_Original_URL: '/admin',
      'X-Forwarded-For': '10.0.0.1',
      ...BEARER,
    };
    const { status, reached } = await ask('GET /healthz HTTP/1.1', fields);
    expect(status).toBe(200);
    expect(reached).toHaveLength(1);
    const names = Object.keys(fields).map((name) => name.toLowerCase());
    const kept = names.flatMap((name) => reached[0]?.headers.get(name) ?? []);
    expect(kept).toEqual(['127.0.0.1']); // the gate's own X-Forwarded-For
  });
});
