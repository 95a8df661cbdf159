// What the person on call sees of a gate and does with it: log lines, the plan of --check, files, connections, sockets.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCli } from '../fake-io.ts';
import { SECRET, secretNamed, tokenOf } from '../made-tokens.ts';
import { exchange, openRaw } from '../raw-http.ts';
import { type Serving, startServe } from '../serving.ts';

const env = { ZEP_AUTH_SECRET: SECRET };
const TOKEN = tokenOf({ sub: 'alice' });
const FOREIGN = tokenOf({ sub: 'alice' }, secretNamed('another'));
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PROGRAM = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const serve = async (args: readonly string[], variables: Record<string, string> = env) => {
  const serving = await startServe(['--demo', ...args], { env: variables });
  onTestFinished(async () => {
    await serving.stop();
  });
  return serving;
};
const ask = ({ url }: Serving, token?: string, path = '/', headers: Record<string, string> = {}) =>
  fetch(url + path, {
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
  });

describe('a line of the text log', () => {
  it('has time, client, method, path, status, code, id, milliseconds and trace', async () => {
    const gate = await serve([]);
    const { headers } = await ask(gate, FOREIGN, '/a?b', {
      traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
    });
    const id = headers.get('x-request-id');
    expect(gate.stderr()).toMatch(
      new RegExp(
        `^\\d{4}-\\d\\d-\\d\\dT[\\d:.]{12}Z refused GET /a: ERR_TOKEN_SIGNATURE status=401 client=127\\.0\\.0\\.1 id=${id} ms=\\d+\\.\\d\\d trace=${TRACE}$`,
        'm',
      ),
    );
  });

  it.each(['x', `00-${TRACE}`, `00-${TRACE.toUpperCase()}-b7ad6b7169203331-01`])(
    'has no trace that is not one: %s',
    async (traceparent) => {
      const gate = await serve([]);
      await ask(gate, undefined, '/', { traceparent });
      expect(gate.messages()).toEqual([expect.stringMatching(/ms=\d+\.\d\d$/)]);
    },
  );

  it('names the claim that is to blame', async () => {
    const gate = await serve([], { ...env, ZEP_AUTH_AUDIENCE: 'things' });
    await ask(gate, tokenOf({ jti: 'j-1', aud: 'others' }));
    expect(gate.messages()).toEqual([
      expect.stringMatching(/: ERR_TOKEN_CLAIM status=401 claim=aud .* token=j-1$/),
    ]);
  });

  it('names the key and the token where the signature holds, and the subject only on request', async () => {
    const expired = tokenOf({ sub: 'al "ice"', jti: 'j-1', exp: 1 });
    const silent = await serve([]);
    await ask(silent, expired);
    expect(silent.messages()).toEqual([expect.stringMatching(/ key=[\w-]{11} token=j-1$/)]);
    const gate = await serve(['--log-subject']);
    await ask(gate, expired);
    expect(gate.messages()).toEqual([expect.stringMatching(/ token=j-1 sub="al \\"ice\\""$/)]);
    const json = await serve(['--log-subject', '--log', 'json']);
    await ask(json, TOKEN);
    expect(json.stderr()).toMatch(/"sub":"alice"/);
  });

  it('is written of what is not a request, and of methods that are not let through', async () => {
    const gate = await serve([]);
    await exchange(gate.port, 'nonsense\r\n\r\n');
    await exchange(gate.port, `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`);
    await exchange(gate.port, 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n');
    await exchange(gate.port, 'TRACE /t HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const unread = 'refused what is not a request: ERR_REQUEST_MALFORMED status=';
    expect(gate.messages()).toEqual([
      expect.stringMatching(`^${unread}400 client=127`),
      expect.stringMatching(`^${unread}431 client=127`),
      expect.stringMatching(`^${unread}405 client=127`),
      expect.stringMatching(/^refused TRACE \/t: {2}?status=405 |^refused TRACE \/t: status=405 /),
    ]);
  });

  it('is written of start, reload and stop, with the keys', async () => {
    const file = join(folder, '.env');
    const [OLD, NEW] = [secretNamed('old'), secretNamed('new')];
    writeFileSync(file, `ZEP_AUTH_SECRET=${OLD}\n`);
    const gate = await startServe(['--demo', '--dotenv', file]);
    const [, old] = /current key is ([\w-]{11}), previous none/.exec(gate.stderr()) ?? [];
    writeFileSync(file, `ZEP_AUTH_SECRET=${NEW}\nZEP_AUTH_SECRET_PREVIOUS=${OLD}\n`);
    gate.hangUp();
    await gate.said(new RegExp(`reloaded; the current key is [\\w-]{11}, previous ${old}$`, 'm'));
    writeFileSync(file, `ZEP_AUTH_SECRET=${NEW}\n`);
    gate.hangUp();
    await gate.said(new RegExp(`previous none, no longer accepted ${old}$`, 'm'));
    expect(await gate.stop()).toBe(0);
    expect(gate.stderr()).toMatch(/^\S+Z started as process \d+, guards the demo; /);
    expect(gate.stderr()).toMatch(/Z stopping: no new connections; \d+ open.*\n\S+Z stopped\n$/);
  });

  it('names the request that a trusted proxy asks about', async () => {
    const gate = await serve(['--trusted-proxy', '127.0.0.1']);
    const told = { 'x-forwarded-method': 'PUT', 'x-forwarded-uri': '/things?x=1' };
    await ask(gate, undefined, '/_gate/auth', told);
    await ask(gate, undefined, '/_gate/auth');
    expect(gate.messages()).toEqual([
      expect.stringMatching(/^refused PUT \/things: ERR_CREDENTIALS_MISSING status=401 /),
      expect.stringMatching(/^refused GET \/_gate\/auth: ERR_CREDENTIALS_MISSING /),
    ]);
  });
});

describe('zepcli serve --throttle', () => {
  const WARNING = expect.stringMatching(/^warning: --throttle cannot tell clients apart/);
  const guess = (gate: Serving, path: string, headers = {}) => ask(gate, FOREIGN, path, headers);

  it('warns once when a proxy asks without naming the client', async () => {
    const gate = await serve(['--throttle', '9/1m']);
    for (let i = 0; i < 3; i++) await guess(gate, '/_gate/auth', { 'x-forwarded-for': '10.0.0.1' });
    expect(gate.messages().filter((line) => !line.startsWith('refused'))).toEqual([WARNING]);
  });

  it('does not warn where clients have addresses', async () => {
    const gate = await serve(['--throttle', '9/1m', '--trusted-proxy', '127.0.0.1']);
    await guess(gate, '/_gate/auth', { 'x-forwarded-for': '10.0.0.1' });
    await guess(gate, '/');
    expect(gate.messages().filter((line) => !line.startsWith('refused'))).toEqual([]);
  });

  it('warns of clients on a Unix socket, which have none', async () => {
    const path = join(folder, 'gate.sock');
    const gate = await startServe(['--demo', '--throttle', '9/1m', '--listen', `unix:${path}`], {
      env,
    });
    const headers = { authorization: `Bearer ${FOREIGN}` };
    const [answer] = await once(request({ socketPath: path, headers }).end(), 'response');
    answer.resume();
    await gate.said(/cannot tell clients apart/);
    await gate.stop();
  });
});

describe('zepcli serve --check', () => {
  it('prints what it would do, and ends', async () => {
    const args = ['http://127.0.0.1:8000', '--scope', '/admin=admin', '--throttle', '5/1m'];
    const { code, stdout, stderr } = await runCli(['serve', ...args, '--check'], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'the configuration is valid',
      'guards: http://127.0.0.1:8000',
      'listens on: 127.0.0.1 port 8790',
      expect.stringMatching(/^keys: the current key is [\w-]{11}, previous none$/),
      'issuer: not checked',
      'audience: not checked',
      'tokens without an expiry: accepted',
      'no token needed for: /healthz',
      'scopes: /admin=admin',
      'throttles after: 5 wrong tokens in 60 s',
      '',
    ]);
  });

  it('prints what it would ask of a token', async () => {
    const variables = {
      ...env,
      ZEP_AUTH_ISSUER: 'https://issuer.example',
      ZEP_AUTH_AUDIENCE: 'things',
      ZEP_AUTH_REQUIRE_EXPIRY: 'true',
      ZEP_AUTH_MAX_TOKEN_AGE_SECONDS: '3600',
    };
    const { stdout } = await runCli(['serve', '--demo', '--check'], { env: variables });
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'issuer: https://issuer.example',
        'audience: things',
        'tokens without an expiry: refused',
        'greatest age of a token: 3600 s',
      ]),
    );
  });

  it.each([
    [['--demo'], { ZEP_AUTH_SECRET: 'short' }, 3, /ZEP_AUTH_SECRET is shorter/],
    [['ftp://x'], env, 2, /not the address of an API/],
    [['--demo', '--scope', 'x=y'], env, 2, /path/],
    [['--demo', '--tls-cert', PROGRAM, '--tls-key', PROGRAM], env, 3, /--tls-cert and --tls-key/],
    [['--demo', '--revocations'], env, 2, /--revocations needs ZEP_AUTH_STORE_URL/],
  ])('finds what is wrong: %j', async (args, variables, code, message) => {
    const ran = await runCli(['serve', ...args, '--check'], { env: variables });
    expect(ran).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
  });
});

describe('zepcli serve --pid-file', () => {
  it('holds the process id while it runs', async () => {
    const path = join(folder, 'gate.pid');
    const gate = await serve(['--pid-file', path]);
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
    await gate.stop();
    expect(existsSync(path)).toBe(false);
  });

  it('stays when another process has written to it', async () => {
    const path = join(folder, 'gate.pid');
    const gate = await serve(['--pid-file', path]);
    writeFileSync(path, '1\n');
    await gate.stop();
    expect(readFileSync(path, 'utf8')).toBe('1\n');
  });

  it('that cannot be written ends the start', async () => {
    const args = ['serve', '--demo', '--port', '0', '--pid-file', join(folder, 'no/gate.pid')];
    const { code, stderr } = await runCli(args, { env });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: cannot write ".*no\/gate\.pid": no such file/m);
  });
});

describe('zepcli serve --demo without a secret', () => {
  it('makes one, and prints a curl command that works', async () => {
    const gate = await startServe(['--demo']);
    await vi.waitFor(() => expect(gate.stdout()).toMatch(/^try: .*\n/m));
    const [, token, url = ''] =
      /^try: curl -H 'Authorization: Bearer (\S+)' (http:\S+)\n/m.exec(gate.stdout()) ?? [];
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    expect((await fetch(url)).status).toBe(401);
    expect(gate.stderr()).not.toContain(token);
    await gate.stop();
  });

  it.each([
    [['--secret-file', '-'], {}],
    [['--dotenv', PROGRAM.replace(/bin\.cjs$/, 'package.json')], {}],
    [[], { ZEP_AUTH_SECRET_FILE: '/nowhere' }],
    [[], { ZEP_AUTH_SECRET: 'short' }],
  ])('does not hide a mistake: %j %j', async (args, variables: Record<string, string>) => {
    const ran = await runCli(['serve', '--demo', '--port', '0', ...args], { env: variables });
    expect(ran.stdout).toBe('');
    expect(ran.code).toBeGreaterThan(1);
  });
});

describe('connections', () => {
  it('are closed when idle for --keep-alive', async () => {
    const gate = await serve(['--keep-alive', '1s']);
    const idle = await openRaw(gate.port);
    idle.socket.write('GET /_gate/health HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(String(await idle.closed)).toMatch(/Keep-Alive: timeout=1\r\n/);
  });

  it('beyond --max-connections are closed, with one warning and a count', async () => {
    const gate = await serve(['--max-connections', '1', '--metrics-port', '0']);
    const first = await openRaw(gate.port);
    for (let i = 0; i < 3; i++) {
      const next = connect(gate.port, '127.0.0.1');
      next.on('error', () => {});
      await once(next, 'close');
    }
    first.socket.destroy();
    expect(gate.messages().filter((line) => line.startsWith('warning'))).toEqual([
      'warning: --max-connections 1 is reached',
    ]);
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(gate.stderr()) ?? [];
    expect(await (await fetch(url)).text()).toContain('zep_auth_connections_dropped_total 3\n');
  });
});

it('the metrics name the keys, and when each was used last', async () => {
  const previous = secretNamed('previous');
  const gate = await serve(['--metrics-port', '0'], { ...env, ZEP_AUTH_SECRET_PREVIOUS: previous });
  const beforeSeconds = Math.floor(Date.now() / 1000);
  await ask(gate, tokenOf({}, previous));
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(gate.stderr()) ?? [];
  const text = await (await fetch(url)).text();
  expect(text).toMatch(/^zep_auth_key\{key_id="[\w-]{11}",role="current"\} 1$/m);
  const [, key] = /^zep_auth_key\{key_id="([\w-]{11})",role="previous"\} 1$/m.exec(text) ?? [];
  const used = new RegExp(
    `^zep_auth_key_last_used_timestamp_seconds\\{key_id="${key}"\\} (\\d+)$`,
    'm',
  );
  expect(Number(used.exec(text)?.[1])).toBeGreaterThanOrEqual(beforeSeconds);
  expect(text.match(/^zep_auth_key_last_used/gm)).toHaveLength(1);
});

const PARENT = `
import os, socket, subprocess, sys
listener = socket.create_server(('127.0.0.1', 0))
os.dup2(listener.fileno(), 3)
print(listener.getsockname()[1], flush=True)
for line in sys.stdin:
    command = 'LISTEN_PID=' + line.strip() + ' LISTEN_FDS=1 exec "$@"'
    subprocess.run(['sh', '-c', command, 'sh'] + sys.argv[1:], pass_fds=[3], stdin=subprocess.DEVNULL)
`;
const hasPython = spawnSync('python3', ['--version']).error === undefined;
if (!hasPython)
  process.stderr.write('SKIPPED: python3 is not there, so no socket is handed over\n');

describe.runIf(hasPython || process.env['CI'])('a socket that systemd has opened', () => {
  const startParent = async (...more: string[]): Promise<[ChildProcess, number, () => string]> => {
    const gate = [PROGRAM, 'serve', '--demo', '--log', 'json', ...more];
    const child = spawn('python3', ['-c', PARENT, process.execPath, ...gate], {
      env: { PATH: process.env['PATH'], ...env },
    });
    onTestFinished(() => void child.stdin.end());
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        printed += chunk;
      });
    }
    await vi.waitFor(() => expect(printed).toMatch(/^\d+\n/), 10_000);
    return [child, Number.parseInt(printed, 10), () => printed];
  };
  const countStarts = (text: string) => text.split('"message":"started as process').length - 1;

  it('is used, and a restart refuses nothing', { timeout: 60_000 }, async () => {
    const pidFile = join(folder, 'pid');
    const [parent, port, printed] = await startParent('--pid-file', pidFile);
    parent.stdin?.write('$$\n$$\n'); // one gate after the other
    let isOver = false;
    let count = 0;
    const hammer = async (): Promise<void> => {
      while (!isOver) {
        const headers = { authorization: `Bearer ${TOKEN}` };
        const sent = request({ host: '127.0.0.1', port, headers, agent: false }).end();
        const [answer] = await once(sent, 'response');
        answer.resume();
        await once(answer, 'end');
        expect(answer.statusCode).toBe(200);
        count++;
      }
    };
    const clients = [hammer(), hammer(), hammer()];
    await vi.waitFor(() => expect(count).toBeGreaterThan(50), 20_000);
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    await vi.waitFor(() => expect(countStarts(printed())).toBe(2), 20_000);
    const before = count;
    await vi.waitFor(() => expect(count).toBeGreaterThan(before + 50), 20_000);
    isOver = true;
    await Promise.all(clients);
    expect(printed().match(/^listening on http:\/\/127\.0\.0\.1:\d+$/gm)).toHaveLength(2);
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    parent.stdin?.end();
    await once(parent, 'close');
  });

  it('for another process is not used, and a warning says so', async () => {
    const pidFile = join(folder, 'pid');
    const [parent, , printed] = await startParent('--pid-file', pidFile, '--port', '0');
    parent.stdin?.end('1\n');
    await vi.waitFor(
      () => expect(printed()).toMatch(/LISTEN_FDS is set for another process/),
      10_000,
    );
    await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), 10_000);
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    await once(parent, 'close');
  });

  it('has to be the only one', async () => {
    const variables = { ...env, LISTEN_PID: String(process.pid), LISTEN_FDS: '2' };
    const { code, stderr } = await runCli(['serve', '--demo'], { env: variables });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/LISTEN_FDS is "2"; a gate listens on one socket/),
    });
  });
});

describe('zepcli serve --max-body', () => {
  const post = async (gate: Serving, body: string, chunked: boolean, token = TOKEN) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }),
    };
    const sent = request(gate.url, { method: 'POST', headers, agent: false });
    sent.on('error', () => {}); // the gate does not read the rest
    sent.end(body);
    const [answer] = await once(sent, 'response');
    answer.resume();
    return answer.statusCode;
  };

  it.each([false, true])('answers 413 to a larger body, in chunks: %s', async (chunked) => {
    const gate = await serve(['--max-body', '1kb']);
    expect(await post(gate, 'x'.repeat(1024), chunked)).toBe(200);
    expect(await post(gate, 'x'.repeat(1025), chunked)).toBe(413);
    expect(await post(gate, 'x'.repeat(5_000_000), chunked)).toBe(413);
    expect(await post(gate, 'x'.repeat(1025), chunked, FOREIGN)).toBe(401);
    expect(await post(gate, 'x'.repeat(1024), chunked)).toBe(200);
    const refused = /^refused POST \/: ERR_BODY_TOO_LARGE status=413 client=127/;
    expect(gate.messages()).toEqual([
      expect.stringMatching(refused),
      expect.stringMatching(refused),
      expect.stringMatching(/ERR_TOKEN_SIGNATURE/),
    ]);
  });

  it.each(['0', '-1', '1tb', '10 mb', ''])('takes no %j', async (size) => {
    const { code } = await runCli(['serve', '--demo', '--max-body', size], { env });
    expect(code).toBe(2);
  });
});

it('the metrics count tokens that end within a day, if they were made for longer', async () => {
  const gate = await serve(['--metrics-port', '0']);
  const now = Math.floor(Date.now() / 1000);
  const [day, hour] = [86_400, 3600];
  for (const [iat, exp] of [
    [now - 90 * day, now + hour], // counted
    [now - 10 * hour, now + 10 * hour],
    [now - 90 * day, now + 2 * day],
    [now, undefined],
  ]) {
    await ask(gate, tokenOf({ iat, exp }));
  }
  await ask(gate, tokenOf({ exp: now + hour })); // counted: it does not say when it was made
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(gate.stderr()) ?? [];
  expect(await (await fetch(url)).text()).toMatch(
    /^zep_auth_accepted_ending_total\{key_id="[\w-]{11}"\} 2$/m,
  );
});

it('the alerts and the dashboard of docs/monitoring know no metric that a gate does not have', async () => {
  const gate = await serve(['--metrics-port', '0']);
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(gate.stderr()) ?? [];
  const known = new Set(
    (await (await fetch(url)).text())
      .match(/(?<=^# TYPE )\w+/gm)
      ?.flatMap((name) => [name, `${name}_bucket`]),
  );
  for (const file of ['alerts.yaml', 'dashboard.json']) {
    const path = new URL(`../../../../docs/monitoring/${file}`, import.meta.url);
    const used = readFileSync(path, 'utf8').match(/zep_auth_\w+/g) ?? [];
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  }
});
