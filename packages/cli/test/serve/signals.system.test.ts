// What a gate tells those who run it: a line for each request, and numbers.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { runCli } from '../fake-io.ts';
import { SECRET, secretNamed, tokenOf } from '../made-tokens.ts';
import { exchange } from '../raw-http.ts';
import { type Serving, startServe } from '../serving.ts';

const env = { ZEP_AUTH_SECRET: SECRET };
const TOKEN = tokenOf({ sub: 'alice' });
const FOREIGN = tokenOf({ sub: 'alice' }, secretNamed('another'));
const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

let serving: Serving | undefined;
afterEach(async () => {
  await serving?.stop();
  serving = undefined;
});
const serve = async (args: readonly string[], variables: Record<string, string> = env) => {
  serving = await startServe(['--demo', ...args], { env: variables });
  return serving;
};
const ask = ({ url }: Serving, token: string | undefined, path = '/', headers = {}) =>
  fetch(url + path, {
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
  });
const linesOf = ({ stderr }: Serving): readonly { readonly [member: string]: unknown }[] =>
  stderr()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ message }) => !/^(?:started|stopping|stopped)\b/.test(message));

describe('zepcli serve --log json', () => {
  it('writes one line for each request, with what became of it', async () => {
    const gate = await serve(['--log', 'json']);
    const accepted = await ask(gate, TOKEN, '/things?x=secret');
    await ask(gate, TOKEN, '/things');
    await ask(gate, FOREIGN);
    await ask(gate, undefined, '/healthz');
    await ask(gate, undefined, '/_gate/health');
    const common = {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: 'info',
      message: 'request',
      id: expect.stringMatching(UUID),
      method: 'GET',
      client: '127.0.0.1',
      durationMs: expect.any(Number),
    };
    const keyId = expect.stringMatching(/^[\w-]{11}$/);
    const good = { ...common, path: '/things', status: 200, outcome: 'accepted', keyId };
    const lines = linesOf(gate);
    expect(lines).toEqual([
      { ...good, cached: false },
      { ...good, cached: true },
      {
        ...common,
        path: '/',
        status: 401,
        outcome: 'refused',
        code: 'ERR_TOKEN_SIGNATURE',
        reason: 'the token is not signed with a secret known here',
      },
      { ...common, path: '/healthz', status: 200, outcome: 'public' },
      { ...common, path: '/_gate/health', status: 200 },
    ]);
    expect(accepted.headers.get('x-request-id')).toBe(lines[0]?.['id']);
    expect(((await accepted.json()) as { headers: object }).headers).toMatchObject({
      'x-request-id': lines[0]?.['id'],
    });
  });

  it('names an accepted token by its id, if that is short enough to be one', async () => {
    const gate = await serve(['--log', 'json']);
    for (const jti of ['a-1', 'x'.repeat(65), 7]) await ask(gate, tokenOf({ jti }));
    expect(linesOf(gate).map(({ tokenId }) => tokenId)).toEqual(['a-1', undefined, undefined]);
  });

  it('writes everything else in the same form', async () => {
    const gate = await serve(['--log', 'json', '--metrics-port', '0'], {
      ZEP_AUTH_SECRET: 'short',
      ZEP_AUTH_ALLOW_WEAK_SECRET: '1',
    });
    gate.hangUp();
    await gate.said(/configuration reloaded/);
    expect(linesOf(gate)).toMatchObject([
      { level: 'warn', message: expect.stringMatching(/^ZEP_AUTH_SECRET is shorter/) },
      { level: 'info', message: expect.stringMatching(/^metrics on http/) },
      { level: 'warn', message: expect.stringMatching(/^ZEP_AUTH_SECRET is shorter/) },
      {
        level: 'info',
        message: expect.stringMatching(
          /^configuration reloaded; the current key is [\w-]{11}, previous none$/,
        ),
      },
    ]);
  });

  it('has no query, no token and no long segment in it', async () => {
    const gate = await serve(['--log', 'json']);
    await ask(gate, TOKEN, `/a/${TOKEN}?access_token=${TOKEN}`);
    await ask(gate, FOREIGN, `/${SECRET}`, { 'x-request-id': SECRET });
    expect(linesOf(gate)).toMatchObject([{ path: '/a/...' }, { path: '/...' }]);
    for (const text of [TOKEN, FOREIGN, SECRET]) {
      for (let i = 0; i + 17 <= text.length; i++) {
        expect(gate.stderr()).not.toContain(text.slice(i, i + 17));
      }
    }
  });

  it('says which request the API did not answer', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    serving = await startServe(['--upstream', `http://127.0.0.1:${port}`, '--log', 'json'], {
      env,
    });
    const id = (await ask(serving, TOKEN)).headers.get('x-request-id');
    expect(linesOf(serving)).toMatchObject([
      {
        level: 'warn',
        message: 'request',
        id,
        path: '/',
        status: 502,
        outcome: 'accepted',
        code: 'ERR_UPSTREAM_UNREACHABLE',
        reason: 'the upstream did not answer (ECONNREFUSED)',
      },
    ]);
  });
});

describe('the name of a request', () => {
  it('is a new one, whatever a client calls it', async () => {
    const gate = await serve([]);
    const response = await ask(gate, TOKEN, '/', { 'x-request-id': 'mine' });
    expect(response.headers.get('x-request-id')).toMatch(UUID);
  });

  it('is the one that a trusted proxy gives it, if that is one', async () => {
    const gate = await serve(['--trusted-proxy', '127.0.0.1']);
    for (const [told, expected] of [
      ['from-the-proxy.1', 'from-the-proxy.1'],
      ['two words', UUID],
      ['x'.repeat(129), UUID],
      ['', UUID],
    ] as const) {
      const response = await ask(gate, TOKEN, '/', { 'x-request-id': told });
      expect(response.headers.get('x-request-id')).toMatch(expected);
    }
  });
});

describe('zepcli serve --metrics-port', () => {
  const read = async (gate: Serving): Promise<string> => {
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(gate.stderr()) ?? [];
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    return response.text();
  };

  it('counts what became of requests, by outcome, code and key', async () => {
    const gate = await serve(['--metrics-port', '0']);
    for (const token of [TOKEN, TOKEN, FOREIGN, undefined]) await ask(gate, token);
    await ask(gate, undefined, '/healthz');
    gate.hangUp();
    await gate.said(/configuration reloaded/);
    const text = await read(gate);
    for (const line of [
      'zep_auth_requests_total{outcome="accepted",code=""} 2',
      'zep_auth_requests_total{outcome="refused",code="ERR_TOKEN_SIGNATURE"} 1',
      'zep_auth_requests_total{outcome="refused",code="ERR_CREDENTIALS_MISSING"} 1',
      'zep_auth_requests_total{outcome="public",code=""} 1',
      'zep_auth_reloads_total{result="done"} 1',
      'zep_auth_store_failures_total 0',
      'zep_auth_request_duration_seconds_count{outcome="accepted"} 2',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).toMatch(/zep_auth_accepted_total\{key_id="[\w-]{11}",cached="false"\} 1\n/);
    expect(text).toMatch(/zep_auth_accepted_total\{key_id="[\w-]{11}",cached="true"\} 1\n/);
  });

  it('answers nothing but the metrics, on loopback alone, and not where the gate is', async () => {
    const gate = await serve(['--metrics-port', '0', '--host', '127.0.0.1']);
    const [origin = ''] = /http:\/\/127\.0\.0\.1:\d+(?=\/metrics)/.exec(gate.stderr()) ?? [];
    expect((await fetch(`${origin}/`)).status).toBe(404);
    const { port } = new URL(origin);
    const foreign = 'GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
    expect((await exchange(Number(port), foreign)).status).toBe(404);
    expect((await fetch(`${origin}/metrics`, { method: 'POST' })).status).toBe(404);
    expect((await ask(gate, undefined, '/metrics')).status).toBe(401);
  });

  it('has what alerts look for from the start, so that the first of each is an increase', async () => {
    const text = await read(await serve(['--metrics-port', '0']));
    for (const line of [
      'zep_auth_requests_total{outcome="off",code=""} 0',
      'zep_auth_requests_total{outcome="refused",code="ERR_TOKEN_SIGNATURE"} 0',
      'zep_auth_requests_total{outcome="refused",code="ERR_TOKEN_EXPIRED"} 0',
      'zep_auth_requests_total{outcome="refused",code="ERR_TOO_MANY_FAILURES"} 0',
      'zep_auth_reloads_total{result="failed"} 0',
      'zep_auth_upstream_errors_total{code="ERR_UPSTREAM_UNREACHABLE"} 0',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });

  it('counts what the API did not answer', async () => {
    serving = await startServe(['--upstream', 'http://127.0.0.1:1', '--metrics-port', '0'], {
      env,
    });
    await ask(serving, TOKEN);
    expect(await read(serving)).toContain(
      'zep_auth_upstream_errors_total{code="ERR_UPSTREAM_UNREACHABLE"} 1\n',
    );
  });

  it('does not start on a port that is taken', async () => {
    const gate = await serve(['--metrics-port', '0']);
    const [, port = ''] = /127\.0\.0\.1:(\d+)\/metrics/.exec(gate.stderr()) ?? [];
    const args = ['serve', '--demo', '--port', '0', '--metrics-port', port];
    const { code, stdout, stderr } = await runCli(args, { env });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /cannot listen on metrics port \d+: address already in use \(EADDRINUSE\)/,
    );
  });
});

describe('zepcli serve --throttle', () => {
  it('answers 429 to a client that has guessed too often, and nobody else', async () => {
    const gate = await serve(['--throttle', '2/1m', '--trusted-proxy', '127.0.0.1']);
    const from = (address: string, token: string) =>
      ask(gate, token, '/', { 'x-forwarded-for': address });
    const guesses = [];
    for (let i = 0; i < 3; i++) guesses.push((await from('192.0.2.1', FOREIGN)).status);
    expect(guesses).toEqual([401, 401, 429]);
    expect((await from('192.0.2.2', FOREIGN)).status).toBe(401);
    expect((await from('192.0.2.2', TOKEN)).status).toBe(200);
    // Seen before, so it is let in though its client guesses.
    expect((await from('192.0.2.1', TOKEN)).status).toBe(200);
  });

  it.each(['', '5', '0/1m', '5/0m', '5/25h', '5/m', '-1/1m', '1000000/1m', '5/1m/1m'])(
    'takes no %j',
    async (value) => {
      const { code } = await runCli(['serve', '--demo', '--throttle', value], { env });
      expect(code).toBe(2);
    },
  );
});

describe('zepcli serve --require-https', () => {
  it('believes the proxy that it trusts, and nobody else', async () => {
    const secure = { 'x-forwarded-proto': 'https' };
    const closed = await serve(['--require-https']);
    expect((await ask(closed, TOKEN, '/', secure)).status).toBe(403);
    await closed.stop();
    const gate = await serve(['--require-https', '--trusted-proxy', '127.0.0.0/8']);
    expect((await ask(gate, TOKEN, '/', secure)).status).toBe(200);
    expect((await ask(gate, TOKEN)).status).toBe(403);
  });
});

describe('a command line of serve', () => {
  it.each([
    [['--log', 'xml'], /--log "xml" is not text or json/],
    [['--metrics-port', '70000'], /--metrics-port "70000" is not a whole number from 0 to 65535/],
    [['--trusted-proxy', 'localhost'], /--trusted-proxy "localhost" is not an address or a range/],
    [['--store-down', 'open'], /--store-down goes with --revocations/],
    [['--revocations', '--store-down', 'ajar'], /--store-down "ajar" is not closed or open/],
  ])('is wrong: %j', async (args, message) => {
    const { code, stderr } = await runCli(['serve', '--demo', ...args], { env });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

it('an answer in the middle of a pipeline has the name of its own request', async () => {
  const gate = await serve(['--log', 'json']);
  const lines = ['GET / HTTP/1.1', 'Host: gate.example', `Authorization: Bearer ${TOKEN}`];
  const last = [...lines, 'Connection: close', '', ''].join('\r\n');
  const first = [...lines, '', ''].join('\r\n');
  await exchange(gate.port, first + last);
  const ids = linesOf(gate).map(({ id }) => id);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(2);
});
