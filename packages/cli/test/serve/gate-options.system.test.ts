// What the options of `zepcli serve` make of a gate, tried over sockets.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as ask, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { exchange } from '@zep-auth/test-kit/http';
import { startUpstream, type Upstream } from '@zep-auth/test-kit/upstream';
import { startRawUpstream } from '@zep-auth/test-kit/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../fake-io.ts';
import { SECRET, tokenOf } from '../made-tokens.ts';
import { type Serving, startServe } from '../serving.ts';

const env = { ZEP_AUTH_SECRET: SECRET };
const tokenWith = (claims: object): string => `Authorization: Bearer ${tokenOf(claims)}`;
const ALICE = tokenWith({ sub: 'alice', scope: 'read' });

let folder: string;
let upstream: Upstream;
let serving: Serving | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zep-serve-'));
  upstream = await startUpstream();
});
afterEach(async () => {
  await serving?.stop();
  serving = undefined;
  await upstream.close();
  await rm(folder, { recursive: true });
});

const serve = async (...args: readonly string[]): Promise<Serving> => {
  serving = await startServe(['--upstream', upstream.url, ...args], { env });
  return serving;
};
const send = ({ port }: Serving, fields: readonly string[], path = '/x') =>
  exchange(
    port,
    [`GET ${path} HTTP/1.1`, 'Host: gate.example', 'Connection: close', ...fields, '', ''].join(
      '\r\n',
    ),
  );
const arrived = (name: string): readonly string[] | undefined =>
  upstream.requests.at(-1)?.headers.get(name);

describe('Unix sockets', () => {
  it('lead to the API, with a base path', async () => {
    const api = createServer(({ url }, response) => response.end(url));
    api.listen(join(folder, 'api.sock'));
    await once(api, 'listening');
    serving = await startServe(['--upstream', `unix:${folder}/api.sock:/base`], { env });
    expect(String((await send(serving, [ALICE])).body)).toBe('/base/x');
    api.close();
  });

  const asked = async (socketPath: string, headers: object = {}): Promise<string> => {
    const authorization = `Bearer ${tokenOf({ sub: 'alice' })}`;
    const sent = ask({ socketPath, path: '/x', headers: { authorization, ...headers } }).end();
    const [response] = await once(sent, 'response');
    return text(response);
  };

  it('lead to the gate, whose clients have no address', async () => {
    const socketPath = join(folder, 'gate.sock');
    serving = await startServe(['--upstream', upstream.url, '--listen', `unix:${socketPath}`], {
      env,
    });
    expect(serving.stdout()).toBe(`listening on unix:${socketPath}\n`);
    await asked(socketPath, { 'x-forwarded-for': '6.6.6.6', 'x-forwarded-proto': 'https' });
    expect(arrived('x-forwarded-for')).toBeUndefined();
    expect(arrived('x-forwarded-proto')).toEqual(['http']);
  });

  it('may belong to a trusted proxy', async () => {
    const socketPath = join(folder, 'gate.sock');
    const args = ['--listen', `unix:${socketPath}`, '--trusted-proxy', 'unix'];
    serving = await startServe(['--upstream', upstream.url, ...args], { env });
    await asked(socketPath, { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' });
    expect(arrived('x-forwarded-for')).toEqual(['192.0.2.1']);
    expect(arrived('x-forwarded-proto')).toEqual(['https']);
  });

  it('that are in use are left alone', async () => {
    const socketPath = join(folder, 'gate.sock');
    const other = createServer().listen(socketPath);
    await once(other, 'listening');
    const args = ['serve', '--demo', '--listen', `unix:${socketPath}`];
    const { stderr, stdout } = await runCli(args, { env });
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^error: cannot listen on "[^"]+": .+ \(EADDRINUSE\)\nhint: .+ choose another with --listen\n/,
    );
    other.close();
  });
});

describe('claims and headers', () => {
  it('tell the API a claim, and no client can say it instead', async () => {
    const gate = await serve('--forward-claim', 'sub=X-User', '--forward-claim', 'roles=X-Roles');
    const spoofed = ['X-User: root', 'x_user: root'];
    await send(gate, [tokenWith({ sub: 'alice', roles: ['a', 'b'] }), ...spoofed]);
    expect(arrived('x-user')).toEqual(['alice']);
    expect(arrived('x-roles')).toEqual(['a,b']);
    expect(arrived('x_user')).toBeUndefined();
    expect((await send(gate, [tokenWith({ sub: 'J\u00f6rg' })])).status).toBe(401);
  });

  it('let a header of a trusted proxy through by name', async () => {
    const fields = [ALICE, 'X-Real-IP: 192.0.2.1', 'X-Forwarded-Port: 1'];
    const gate = await serve('--trusted-proxy', '127.0.0.1', '--forward-header', 'X-Real-IP');
    await send(gate, fields);
    expect(arrived('x-real-ip')).toEqual(['192.0.2.1']);
    expect(arrived('x-forwarded-port')).toBeUndefined();
  });
});

describe('scopes and hosts', () => {
  it('ask for a scope below a path, in any spelling', async () => {
    const gate = await serve('--scope', '/admin=admin');
    for (const path of ['/admin', '/admin/x', '//admin', '/x/..%2fadmin', '/ADMIN']) {
      expect((await send(gate, [ALICE], path)).status).toBe(403);
    }
    expect(upstream.requests).toEqual([]);
    expect((await send(gate, [tokenWith({ scope: 'admin' })], '/admin')).status).toBe(200);
    expect((await send(gate, [ALICE], '/other')).status).toBe(200);
  });

  it('refuse another host with 421, and two with 400, and log both', async () => {
    const gate = await serve('--allow-host', 'gate.example');
    expect((await send(gate, [ALICE])).status).toBe(200);
    const other = `GET /x HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n${ALICE}\r\n\r\n`;
    expect((await exchange(gate.port, other)).status).toBe(421);
    expect((await send(gate, [ALICE, 'Host: gate.example'])).status).toBe(400);
    expect(gate.stderr()).toContain('refused GET /x: ERR_HOST_NOT_ALLOWED status=421 ');
    expect(gate.stderr()).toContain('refused GET /x: ERR_REQUEST_MALFORMED status=400 ');
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('headers', () => {
  it('beyond their size are 431, logged and counted', async () => {
    const gate = await serve('--max-header-bytes', '2048', '--log', 'json', '--metrics-port', '0');
    expect((await send(gate, [ALICE, `X-Long: ${'x'.repeat(2048)}`])).status).toBe(431);
    expect(gate.stderr()).toContain('"status":431');
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(gate.stderr()) ?? [];
    expect(await (await fetch(url)).text()).toContain(
      'zep_auth_requests_total{outcome="refused",code="ERR_REQUEST_MALFORMED"} 1\n',
    );
  });

  it('arrive all of them, however many there are', async () => {
    const raw = await startRawUpstream();
    const args = ['--upstream', raw.url, '--max-header-bytes', '1048576'];
    serving = await startServe(args, { env });
    const many = Array.from({ length: 3000 }, (_, i) => `X-${i}: ${i}`);
    expect((await send(serving, [...many, ALICE, 'X-Auth-Subject: root'])).status).toBe(200);
    const fields = raw.requests[0]?.fields ?? [];
    expect(fields.filter((field) => /^X-\d+: /.test(field))).toEqual(many);
    expect(fields.filter((field) => /auth/i.test(field))).toEqual(['Via: 1.1 zep-auth']);
    await raw.close();
  });
});

describe('answers', () => {
  it('to a token are private, unless --shared-cache says otherwise', async () => {
    upstream.handle((_request, response) => {
      response.setHeader('cache-control', 'public, max-age=60').end('x');
    });
    const careful = await serve();
    expect((await send(careful, [ALICE])).headers.get('cache-control')).toEqual([
      'max-age=60, private',
    ]);
    await careful.stop();
    const shared = await serve('--shared-cache');
    expect((await send(shared, [ALICE])).headers.get('cache-control')).toEqual([
      'public, max-age=60',
    ]);
    expect(shared.stderr()).toMatch(/warning: --shared-cache: .*the data of one client to another/);
  });

  it('and refusals can be read by pages of an allowed origin', async () => {
    const gate = await serve('--cors-origin', 'https://app.example', '--cors-credentials');
    for (const fields of [[ALICE], []]) {
      const { headers } = await send(gate, [...fields, 'Origin: https://app.example']);
      expect(headers.get('access-control-allow-origin')).toEqual(['https://app.example']);
      expect(headers.get('access-control-allow-credentials')).toEqual(['true']);
    }
  });
});

describe('a command line', () => {
  it.each([
    [['--listen', '/run/gate.sock'], /--listen "\/run\/gate\.sock" is not a Unix socket/],
    [['--trusted-proxy', 'unix'], /--trusted-proxy unix goes with --listen/],
    [['--forward-claim', 'sub'], /--forward-claim "sub" is not claim=header/],
    [['--forward-claim', 'sub=Host'], /--forward-claim: 'Host'/],
    [['--forward-claim', 'sub=X-A', '--forward-claim', 'sub=X-B'], /names "sub" twice/],
    [['--forward-header', 'X-Real-IP'], /only a proxy can say X-Real-IP/],
    [['--scope', 'admin'], /--scope "admin" is not path=scope/],
    [['--scope', '/a*=admin'], /a public path begins with/],
    [['--max-header-bytes', '1'], /--max-header-bytes "1" is not a whole number/],
    [['--cors-origin', '*', '--cors-credentials'], /--cors-origin \* with credentials/],
    [['--cors-credentials'], /--cors-credentials goes with --cors-origin/],
    [['--upstream-ca', 'x.pem'], /--upstream-ca goes with/],
  ])('is wrong: %j', async (args, message) => {
    const { code, stderr } = await runCli(['serve', '--demo', '--port', '0', ...args], { env });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  });

  it.each([
    ['http://127.0.0.1:8790'],
    ['http://localhost:8790/base'],
    ['http://[::1]:8790', '--host', '0.0.0.0'],
    ['http://10.0.0.1:80', '--host', '10.0.0.1', '--port', '80'],
  ])('that names the gate itself as the API is wrong: %s', async (...args) => {
    const { code, stderr } = await runCli(['serve', ...args, '--check'], { env });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/the gate itself/) });
  });

  it.each([
    ['http://127.0.0.1:8791'],
    ['http://10.0.0.1:8790'],
    ['http://127.0.0.1:8790', '--listen', 'unix:/tmp/zepcli-none.sock'],
    ['unix:/run/api.sock'],
  ])('that names another API is right: %s', async (...args) => {
    expect(await runCli(['serve', ...args, '--check'], { env })).toMatchObject({ code: 0 });
  });
});
