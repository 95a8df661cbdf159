// `zepcli serve --demo`: how it starts, what it lets through, what it says, and how it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Ran, runCli, type Surroundings } from '../fake-io.ts';
import { fileWith } from '../made-files.ts';
import { SECRET, secretNamed, tokenOf } from '../made-tokens.ts';
import { openRaw, parseResponse } from '../raw-http.ts';
import { startUpstream, type Upstream } from '../recording-upstream.ts';
import { type Serving, startServe } from '../serving.ts';

const env = { ZEP_AUTH_SECRET: SECRET };
const TOKEN = tokenOf({ sub: 'alice' });
/** For what takes a moment on a busy machine. */
const PATIENT = { timeout: 10_000 };
const authorization = `Bearer ${TOKEN}`;

/** Starts `serve`, and stops it after the test. */
const serve = async (args: readonly string[], around: Surroundings = { env }): Promise<Serving> => {
  const serving = await startServe(args, around);
  onTestFinished(async () => {
    await serving.stop();
  });
  return serving;
};

const upstreamFor = async (): Promise<Upstream> => {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  return upstream;
};

interface Echo {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

describe('zepcli serve --demo', () => {
  it('prints exactly one line, where it listens, and nothing more while it runs', async () => {
    const serving = await serve(['--demo']);
    expect(serving.stdout()).toMatch(/^listening on http:\/\/127\.0\.0\.1:[1-9]\d*\n$/);
    const before = serving.stdout();
    await fetch(serving.url);
    await fetch(serving.url, { headers: { authorization } });
    expect(await serving.stop()).toBe(0);
    expect(serving.stdout()).toBe(before);
  });

  it('lets a request with a good token through, and hides the token from the API', async () => {
    const { url, messages } = await serve(['--demo']);
    const response = await fetch(`${url}/a/b?c=d`, {
      method: 'POST',
      body: 'hello',
      headers: { authorization, 'x-mine': '1' },
    });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      method: 'POST',
      path: '/a/b',
      query: '?c=d',
      body: 'hello',
      headers: { 'x-mine': '1', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' },
    } satisfies Omit<Echo, 'headers'> & { headers: object });
    expect(text).not.toContain(TOKEN);
    expect(messages()).toEqual([]);
  });

  it('answers 401 without a token, with a bare challenge and a problem document', async () => {
    const { url } = await serve(['--demo']);
    const response = await fetch(url);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="api"');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ type: 'about:blank', status: 401 });
  });

  it.each([
    [
      'signed with another secret',
      tokenOf({}, secretNamed('other')),
      'invalid_token',
      'ERR_TOKEN_SIGNATURE',
    ],
    ['expired', tokenOf({ exp: 1 }), 'token_expired', 'ERR_TOKEN_EXPIRED'],
    [
      'the secret itself',
      SECRET,
      'invalid_token',
      'ERR_TOKEN_MALFORMED, the token is not an HS256 compact JWS in canonical base64url;',
    ],
  ])(
    'answers 401 to a token that is %s, and tells the operator alone why',
    async (_name, bad, bodyCode, logCode) => {
      const { url, messages, said } = await serve(['--demo']);
      const response = await fetch(`${url}/v1/x?access_token=${bad}`, {
        headers: { authorization: `Bearer ${bad}` },
      });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(
        'Bearer realm="api", error="invalid_token"',
      );
      const body = await response.text();
      expect(JSON.parse(body)).toMatchObject({ code: bodyCode });
      expect(body).not.toContain('ERR_');
      await said(/refused/);
      const line = `^refused GET /v1/x: ${logCode} status=401 client=127\\.0\\.0\\.1 id=[\\w-]{36} ms=`;
      expect(messages()).toEqual([expect.stringMatching(new RegExp(line))]);
    },
  );

  it('keeps a token or a secret that stands in the path out of the log', async () => {
    const { url, messages, said } = await serve(['--demo']);
    await fetch(`${url}/v1/${TOKEN}/${SECRET}/end`);
    await said(/refused/);
    expect(messages()).toEqual([
      expect.stringMatching(/^refused GET \/v1\/\.\.\.\/\.\.\.\/end: ERR_CREDENTIALS_MISSING /),
    ]);
  });

  it.each(['GET', 'HEAD'])('answers %s /healthz without a token, as Zep does', async (method) => {
    const { url } = await serve(['--demo']);
    const response = await fetch(`${url}/healthz`, { method });
    expect({ status: response.status, body: await response.text() }).toEqual({
      status: 200,
      body: method === 'GET' ? '.' : '',
    });
  });

  it('answers //healthz the same, with a token, and not without one', async () => {
    const { url } = await serve(['--demo']);
    const response = await fetch(`${url}//healthz`, { headers: { authorization } });
    expect({ status: response.status, body: await response.text() }).toEqual({
      status: 200,
      body: '.',
    });
    expect((await fetch(`${url}//healthz`)).status).toBe(401);
    expect((await fetch(`${url}/healthz`, { method: 'POST' })).status).toBe(401);
  });

  it('answers its own health page and nothing else below /_gate/', async () => {
    const { url } = await serve(['--demo']);
    expect(await (await fetch(`${url}/_gate/health`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${url}/_gate/auth`)).status).toBe(401);
    expect((await fetch(`${url}/_gate/auth`, { headers: { authorization } })).status).toBe(204);
    expect((await fetch(`${url}/_gate/x`, { headers: { authorization } })).status).toBe(404);
  });
});

describe('the options of serve', () => {
  it('--public-path opens these paths for GET and HEAD, and closes the default', async () => {
    const { url } = await serve([
      '--demo',
      '--public-path',
      '/open',
      '--public-path=/docs/index.html',
    ]);
    for (const path of ['/open', '/docs/index.html', '/open?x=1']) {
      expect((await fetch(url + path)).status).toBe(200);
    }
    for (const path of [
      '/healthz',
      '/open/',
      '/open/x',
      '/Open',
      '/docs',
      '/ope%6e',
      '/open;x',
      '//open',
    ]) {
      expect({ path, status: (await fetch(url + path)).status }).toEqual({ path, status: 401 });
    }
    expect((await fetch(`${url}/open`, { method: 'POST' })).status).toBe(401);
  });

  it('--forward-authorization leaves the header, but not on a public path', async () => {
    const { url } = await serve(['--demo', '--forward-authorization', '--public-path', '/open']);
    const echo = async (path: string): Promise<Echo> =>
      (await (await fetch(url + path, { headers: { authorization } })).json()) as Echo;
    expect((await echo('/x')).headers['authorization']).toBe(authorization);
    expect((await echo('/open')).headers).not.toHaveProperty('authorization');
  });

  it('--secret-file and --secret-file - give the secret', async () => {
    for (const [args, stdin] of [
      [['--secret-file', fileWith(`${SECRET}\n`)], ''],
      [['--secret-file', '-'], `${SECRET}\n`],
    ] as const) {
      const { url } = await serve(['--demo', ...args], {
        env: { ZEP_AUTH_SECRET: secretNamed('other') },
        stdin,
      });
      expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
    }
  });

  it('--dotenv gives variables that the environment lacks', async () => {
    const file = fileWith(
      `# mine\nZEP_AUTH_SECRET=${SECRET}\r\nexport ZEP_AUTH_ISSUER="me"\nPATH=/nowhere\n`,
    );
    const { url, messages } = await serve(['--demo', '--dotenv', file], {
      env: { ZEP_AUTH_SECRET: '', PATH: '/bin' },
    });
    const ask = async (token: string): Promise<number> =>
      (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(messages()).toEqual([]);
    expect(await ask(tokenOf({ iss: 'me' }))).toBe(200);
    expect(await ask(tokenOf({}))).toBe(401);
  });

  it('the environment wins over --dotenv, and a warning says so', async () => {
    const file = fileWith(`ZEP_AUTH_SECRET=${secretNamed('other')}\n`);
    const { url, messages } = await serve(['--demo', '--dotenv', file]);
    expect(messages()).toEqual([
      'warning: ZEP_AUTH_SECRET has another value in the environment, which wins over the file',
    ]);
    expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
  });

  it('ZEP_AUTH_REQUIRED=false lets everything through, and a warning says so', async () => {
    for (const more of [{}, env]) {
      const { url, messages } = await serve(['--upstream', (await upstreamFor()).url], {
        env: { ...more, ZEP_AUTH_REQUIRED: 'false' },
      });
      expect(messages()).toEqual([
        'warning: authentication is off (ZEP_AUTH_REQUIRED is false): every request passes',
      ]);
      expect((await fetch(url)).status).toBe(200);
      expect((await fetch(url, { headers: { authorization: 'Bearer x' } })).status).toBe(200);
    }
  });

  it('ZEP_AUTH_SECRET_PREVIOUS keeps older tokens good', async () => {
    const { url } = await serve(['--demo'], {
      env: { ZEP_AUTH_SECRET: secretNamed('new'), ZEP_AUTH_SECRET_PREVIOUS: SECRET },
    });
    expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
  });

  it('--host takes an IPv6 address, which is printed as a URL has it', async () => {
    const { stdout, port } = await serve(['--demo', '--host', '::1']);
    expect(stdout()).toBe(`listening on http://[::1]:${port}\n`);
  });
});

describe('serve that does not start', () => {
  const expectFailed = (ran: Ran, code: 2 | 3, reason: RegExp): void => {
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toMatch(/^error: [^\n]+\n(?:hint: [^\n]+\n)?$/);
    expect(ran.stderr).toMatch(reason);
  };

  it('because its port is in use: exit code 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => {
      taken.close();
    });
    const { port } = taken.address() as AddressInfo; // bound, and not to a pipe
    const ran = await runCli(['serve', '--demo', '--port', String(port)], { env });
    expectFailed(ran, 3, new RegExp(`port ${port}: .*in use[\\s\\S]*--port`));
  });

  it.each([
    [['--demo', '--port', '99999'], /--port "99999" is not a whole number from 0 to 65535/],
    [['--demo', '--port', '65536'], /--port "[^"]+" is not a whole number/],
    [['--demo', '--port=-1'], /--port "[^"]+" is not a whole number/],
    [['--demo', '--port', 'http'], /--port "[^"]+" is not a whole number/],
    [['--demo', '--port', '0x50'], /--port "[^"]+" is not a whole number/],
    [['--demo', '--port', '80.5'], /--port "[^"]+" is not a whole number/],
    [['--demo', '--timeout', '0'], /--timeout "0" is not a whole number from 1/],
    [['--demo', '--timeout', '86401'], /--timeout "[^"]+" is not a whole number/],
    [['--demo', '--timeout', '1s'], /--timeout "[^"]+" is not a whole number/],
    [['--demo', '--public-path', 'healthz'], /a public path begins with \//],
    [['--demo', '--public-path', '/a%20b'], /a public path/],
    [['--demo', '--public-path', '/a?b'], /a public path/],
    [[], /serve needs the API to guard/],
    [['--demo', '--upstream', 'http://127.0.0.1:1'], /--upstream and --demo are given/],
    [['http://127.0.0.1:1', '--upstream', 'http://127.0.0.1:1'], /the API is given twice/],
    [['http://127.0.0.1:1', '--demo'], /--upstream and --demo are given/],
    [['--upstream', 'ftp://127.0.0.1'], /not the address of an API/],
    [['--upstream', 'http://127.0.0.1:1/?a=b'], /upstream/],
    [['--upstream', 'http://127.0.0.1:1/#a'], /upstream/],
    [['--upstream', 'http://user@127.0.0.1:1'], /upstream/],
    [['--upstream', '127.0.0.1:8000'], /\nhint: zepcli serve http:\/\/127\.0\.0\.1:8000\n/],
    [['--upstream', 'not a url'], /not the address of an API/],
  ])('because of %j: exit code 2', async (args, reason) => {
    expectFailed(await runCli(['serve', ...args], { env }), 2, reason);
  });

  it('because there is no secret: exit code 2', async () => {
    const argv = ['serve', 'http://127.0.0.1:1'];
    expectFailed(await runCli(argv), 2, /^error: ZEP_AUTH_SECRET is not set/);
    const empty = { ZEP_AUTH_SECRET: '', ZEP_AUTH_REQUIRED: '' };
    expectFailed(await runCli(argv, { env: empty }), 2, /ZEP_AUTH_SECRET is not set/);
  });

  it('because the environment is wrong: exit code 3, and every problem in one go', async () => {
    const broken = {
      ZEP_AUTH_REQUIRED: 'zzmarkerzz',
      ZEP_AUTH_SECRET: 'zzmarkerzz',
      ZEP_AUTH_SECRET_PREVIOUS_FILE: '/nowhere/zzmarkerzz',
      ZEP_AUTH_ISSUER: ' zzmarkerzz',
      ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: 'zzmarkerzz',
      ZEP_AUTH_MAX_TOKEN_AGE_SECONDS: '0',
      ZEP_AUTH_REQUIRE_EXPIRY: 'zzmarkerzz',
    };
    const { code, stdout, stderr } = await runCli(['serve', '--demo'], { env: broken });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    for (const variable of Object.keys(broken)) {
      expect(
        stderr.split('\n').filter((line) => line.startsWith(`error: ${variable} `)),
      ).toHaveLength(1);
    }
    expect(stderr).not.toContain('zzmarkerzz');
  });

  it('because its file of variables cannot be read: exit code 3', async () => {
    const gone = fileWith('').replace(/file$/, 'zzmarkerzz');
    const ran = await runCli(['serve', '--demo', '--dotenv', gone], { env });
    expectFailed(ran, 3, /cannot read ".+zzmarkerzz": no such file or directory \(ENOENT\)/);
  });
});

describe('serve that is asked to end', () => {
  it('resolves 0 at once when nothing is in flight', async () => {
    const serving = await serve(['--demo']);
    expect(await serving.stop()).toBe(0);
  });

  it('does not wait for a connection that is kept between requests', async () => {
    const serving = await serve(['--demo']);
    const idle = await openRaw(serving.port);
    idle.socket.write('GET /_gate/health HTTP/1.1\r\nHost: x\r\n\r\n');
    await idle.until((bytes) => bytes.includes('"ok"'));
    expect(await serving.stop()).toBe(0);
    await idle.closed;
  });

  it('does not wait for a connection that has not said anything', async () => {
    const serving = await serve(['--demo']);
    const silent = await openRaw(serving.port);
    // Until the server knows of it: it takes connections in order.
    await fetch(`${serving.url}/_gate/health`);
    expect(await serving.stop()).toBe(0);
    await silent.closed;
  });

  it('ends at once when it was asked before it listened', async () => {
    const { code, stdout } = await runCli(['serve', '--demo', '--port', '0'], {
      env,
      signal: AbortSignal.abort(),
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^listening on .*\n$/);
  });

  it('finishes the answer that is in flight, takes no new connection, and then resolves 0', async () => {
    const upstream = await upstreamFor();
    const serving = await serve(['--upstream', upstream.url]);
    let finish = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      upstream.handle((_request, response) => {
        response.write('first ');
        finish = () => response.end('second');
        resolve();
      });
    });
    const client = await openRaw(serving.port);
    client.socket.write(`GET /x HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`);
    await arrived;
    await client.until((bytes) => bytes.includes('first '));
    serving.abort();
    await vi.waitFor(() => expect(openRaw(serving.port)).rejects.toThrow('ECONNREFUSED'), PATIENT);
    finish();
    const response = parseResponse(await client.closed);
    expect({ ...response, body: String(response.body) }).toMatchObject({
      status: 200,
      body: 'first second',
      isWhole: true,
    });
    expect(await serving.ended).toBe(0);
  });

  it('waits for an answer that has not begun, too', async () => {
    const upstream = await upstreamFor();
    const serving = await serve(['--upstream', upstream.url]);
    let finish = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      upstream.handle((_request, response) => {
        finish = () => response.end('late');
        resolve();
      });
    });
    const answer = fetch(serving.url, { headers: { authorization } });
    await arrived;
    serving.abort();
    await vi.waitFor(() => expect(openRaw(serving.port)).rejects.toThrow('ECONNREFUSED'), PATIENT);
    finish();
    expect(await (await answer).text()).toBe('late');
    expect(await serving.ended).toBe(0);
  });

  it('cuts off after 10 s what does not end', async () => {
    const upstream = await upstreamFor();
    const serving = await serve(['--upstream', upstream.url]);
    const arrived = new Promise<void>((resolve) => {
      upstream.handle((_request, response) => {
        response.write('never whole');
        resolve();
      });
    });
    const client = await openRaw(serving.port);
    client.socket.write(`GET /x HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`);
    await arrived;
    await client.until((bytes) => bytes.includes('never whole'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      serving.abort();
      while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(9_999);
      await new Promise((resolve) => setImmediate(resolve));
      expect(client.socket.closed).toBe(false);
      vi.advanceTimersByTime(1);
    } finally {
      vi.useRealTimers();
    }
    expect(parseResponse(await client.closed).isWhole).toBe(false);
    expect(await serving.ended).toBe(0);
  });
});

describe('the program', { timeout: 30_000 }, () => {
  const PROGRAM = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url));

  const start = (args: readonly string[]) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      output.stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output.stderr += chunk;
    });
    return {
      child,
      output,
      closed: once(child, 'close') as Promise<[number | null, string | null]>,
    };
  };

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'serves, finishes on %s with exit code 0, and leaves no process',
    async (signal) => {
      const { child, output, closed } = start(['serve', '--demo', '--port', '0']);
      await vi.waitFor(() => expect(output.stdout).toMatch(/\n/), PATIENT);
      const port = Number(/:(\d+)\n/.exec(output.stdout)?.[1]);
      // A kept connection must not keep the process.
      const idle = await openRaw(port);
      idle.socket.write(`GET /x HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`);
      await idle.until((bytes) => bytes.includes('"path":"/x"'));
      child.kill(signal);
      expect(await closed).toEqual([0, null]);
      expect(output).toEqual({
        stdout: `listening on http://127.0.0.1:${port}\n`,
        stderr: expect.stringMatching(/^\S+ started .*\n\S+ stopping: .*\n\S+ stopped\n$/),
      });
      expect(() => process.kill(child.pid ?? 0, 0)).toThrow('ESRCH');
    },
  );

  it('serves without a stack on standard error when the upstream is gone', async () => {
    const upstream = await startUpstream();
    const { output, child, closed } = start(['serve', '--upstream', upstream.url, '--port', '0']);
    await upstream.close();
    await vi.waitFor(() => expect(output.stdout).toMatch(/\n/), PATIENT);
    const url = output.stdout.replace('listening on ', '').trim();
    expect((await fetch(url, { headers: { authorization } })).status).toBe(502);
    child.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
    expect(output.stderr).toMatch(/^\S+ failed GET \/: ERR_UPSTREAM_UNREACHABLE/m);
    expect(output.stderr).not.toMatch(/^\D|\bat \S+:\d+/m);
  });

  it.each([
    [['-v'], '', 0, /^zep-cli version \S+\n$/],
    [['-i'], '', 0, /^Secret: [\w-]{86}==\n[\s\S]*^JWT token: \S+\n/m],
    [['verify'], `${TOKEN}\n`, 0, /alice/],
    [['verify'], 'x', 1, /^$/],
    [['verify', '--nope'], '', 2, /^$/],
  ] as const)(
    'takes its streams and its exit code from the run: %j',
    async (args, input, code, stdout) => {
      const { child, output, closed } = start(args);
      child.stdin.on('error', () => {}); // it may end without having read
      child.stdin.end(input);
      expect(await closed).toEqual([code, null]);
      expect(output.stdout).toMatch(stdout);
      expect(output.stderr).not.toMatch(/\bat \S+:\d+:\d+|Warning/);
    },
  );

  it('ends without an error when its output is closed early', async () => {
    const { child, output, closed } = start(['serve', '--help']);
    child.stdout.destroy();
    expect(await closed).toEqual([0, null]);
    expect(output.stderr).toBe('');
  });
});
