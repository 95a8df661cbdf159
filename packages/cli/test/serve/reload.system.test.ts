// A gate that reads its configuration again while it runs.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { Agent, request as askHttps } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/run.ts';
import { fakeIo, runCli } from '../fake-io.ts';
import { secretNamed, tokenOf } from '../made-tokens.ts';
import { type Serving, startServe } from '../serving.ts';

const [OLD, NEW] = [secretNamed('old'), secretNamed('new')] as const;
const PATIENT = { timeout: 10_000 };

let folder: string;
let serving: Serving | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await serving?.stop();
  serving = undefined;
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const serve = async (args: readonly string[], env: Record<string, string> = {}) => {
  serving = await startServe(['--demo', ...args], { env });
  return serving;
};
const statusWith = async ({ url }: Serving, secret: string): Promise<number> => {
  const headers = { authorization: `Bearer ${tokenOf({}, secret)}` };
  return (await fetch(url, { headers })).status;
};
const statuses = async (gate: Serving): Promise<readonly number[]> => [
  await statusWith(gate, OLD),
  await statusWith(gate, NEW),
];
const readiness = async ({ url }: Serving): Promise<unknown> =>
  (await fetch(`${url}/_gate/health/ready`)).json();

describe('a gate that is hung up on', () => {
  it('hears of it before it listens, too', async () => {
    const file = put('.env', `ZEP_AUTH_SECRET=${OLD}\n`);
    const silent = createServer((socket) => void socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const store = { ZEP_AUTH_STORE_URL: `redis://127.0.0.1:${port}` };
    const controller = new AbortController();
    const io = fakeIo({ env: store, signal: controller.signal });
    const argv = ['serve', '--demo', '--port', '0', '--dotenv', file, '--revocations'];
    const ended = run(argv, io);
    await once(silent, 'connection'); // the file has been read
    put('.env', `ZEP_AUTH_SECRET=${NEW}\n`);
    io.hangUp();
    await io.stderr.until(/configuration reloaded; the current key is/);
    expect(io.stderr.text).not.toContain('stays as it was');
    controller.abort();
    expect(await ended).toBe(0);
    await new Promise((resolve) => silent.close(resolve));
  }, 20_000);

  it('keeps the secret that a pipe held, which can be read only once', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const written = writeFile(pipe, OLD);
    const gate = await serve(['--secret-file', pipe]);
    await written;
    gate.hangUp();
    await gate.said(/configuration reloaded; the current key is/);
    expect(gate.stderr()).not.toContain('stays as it was');
    expect(await statuses(gate)).toEqual([200, 401]);
  });

  it('does not start with a secret from a device without an end', async () => {
    const { code, stderr } = await runCli(['serve', '--demo', '--secret-file', '/dev/zero']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/--secret-file "\/dev\/zero" names a file that cannot be read/);
  });

  it('reads the env file anew', async () => {
    const file = put('.env', `ZEP_AUTH_SECRET=${OLD}\n`);
    const gate = await serve(['--dotenv', file]);
    expect(await statuses(gate)).toEqual([200, 401]);
    put('.env', `ZEP_AUTH_SECRET=${NEW}\nZEP_AUTH_SECRET_PREVIOUS=${OLD}\n`);
    expect(await statuses(gate)).toEqual([200, 401]);
    gate.hangUp();
    await gate.said(/configuration reloaded/);
    expect(await statuses(gate)).toEqual([200, 200]);
    put('.env', `ZEP_AUTH_SECRET=${NEW}\n`);
    gate.hangUp();
    await gate.said(/configuration reloaded[\s\S]*configuration reloaded/);
    expect(await statuses(gate)).toEqual([401, 200]);
  });

  it('warns of a store that a reload brings, since only a start opens it', async () => {
    const file = put('.env', `ZEP_AUTH_SECRET=${OLD}\n`);
    const gate = await serve(['--dotenv', file]);
    put('.env', `ZEP_AUTH_SECRET=${OLD}\nZEP_AUTH_STORE_URL=redis://:hunter2@127.0.0.1:1\n`);
    gate.hangUp();
    await gate.said(
      /configuration reloaded[\s\S]*ZEP_AUTH_STORE_URL has changed, which takes a restart/,
    );
    expect(gate.stderr()).not.toContain('hunter2');
  });

  it('keeps what runs when the new configuration is wrong, says so in one line, and is ready with a warning', async () => {
    const file = put('.env', `ZEP_AUTH_SECRET=${OLD}\n`);
    const gate = await serve(['--dotenv', file]);
    expect(await readiness(gate)).toEqual({ status: 'pass' });
    put('.env', 'ZEP_AUTH_SECRET=short\nZEP_AUTH_REQUIRED=maybe\n');
    gate.hangUp();
    await gate.said(/stays as it was/);
    expect(gate.messages()).toEqual([
      expect.stringMatching(
        /^warning: the configuration stays as it was: ZEP_AUTH_REQUIRED must .*; ZEP_AUTH_SECRET is shorter /,
      ),
    ]);
    expect(gate.stderr()).not.toContain('maybe');
    expect(gate.stderr()).toContain('shorter than 32 bytes (make one with `zepcli secret`)');
    expect(await statuses(gate)).toEqual([200, 401]);
    expect(await readiness(gate)).toEqual({ status: 'warn' });
    rmSync(file);
    gate.hangUp();
    await gate.said(
      /stays as it was: cannot read "[^"]+\.env": no such file or directory \(ENOENT\)/,
    );
    put('.env', `ZEP_AUTH_SECRET=${NEW}\n`);
    gate.hangUp();
    await gate.said(/configuration reloaded/);
    expect(await statuses(gate)).toEqual([401, 200]);
    expect(await readiness(gate)).toEqual({ status: 'pass' });
  });

  it('is ready with a warning while authentication is off', async () => {
    const file = put('.env', 'ZEP_AUTH_REQUIRED=false\n');
    const gate = await serve(['--dotenv', file]);
    expect(await readiness(gate)).toEqual({ status: 'warn' });
    put('.env', `ZEP_AUTH_SECRET=${NEW}\n`);
    gate.hangUp();
    await gate.said(/configuration reloaded/);
    expect(await readiness(gate)).toEqual({ status: 'pass' });
  });

  it('keeps the secret that it has read from standard input', async () => {
    serving = await startServe(['--demo', '--secret-file', '-'], { stdin: OLD });
    serving.hangUp();
    await serving.said(/configuration reloaded/);
    expect(await statuses(serving)).toEqual([200, 401]);
  });

  it('finishes under the old configuration what came in under it', async () => {
    const file = put('.env', `ZEP_AUTH_SECRET=${OLD}\n`);
    const gate = await serve(['--dotenv', file]);
    const upload = request(`${gate.url}/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokenOf({}, OLD)}`, expect: '100-continue' },
    });
    upload.flushHeaders();
    await once(upload, 'continue'); // the gate has accepted it
    put('.env', `ZEP_AUTH_SECRET=${NEW}\n`);
    gate.hangUp();
    await gate.said(/configuration reloaded/);
    upload.write('begun ');
    upload.end('ended');
    const [answer] = await once(upload, 'response');
    expect(await json(answer)).toMatchObject({ body: 'begun ended' });
    expect(await statuses(gate)).toEqual([401, 200]);
  });
});

describe('a gate whose secret is in a file', () => {
  const poll = async (): Promise<unknown> => vi.advanceTimersByTimeAsync(5000);
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });

  it.each([
    ['an option names', (file: string) => ({ args: ['--secret-file', file], env: {} })],
    ['a variable names', (file: string) => ({ args: [], env: { ZEP_AUTH_SECRET_FILE: file } })],
  ])('notices within five seconds that the file changes that %s', async (_, place) => {
    const { args, env } = place(put('secret', OLD));
    const gate = await serve(args, env);
    await poll();
    expect(gate.messages()).toEqual([]);
    put('secret', NEW);
    await poll();
    await gate.said(/configuration reloaded/);
    expect(await statuses(gate)).toEqual([401, 200]);
  });

  it('follows a link that is turned to another folder, as Kubernetes does', async () => {
    for (const [name, secret] of [
      ['one', OLD],
      ['two', NEW],
    ] as const) {
      execFileSync('mkdir', [join(folder, name)]);
      put(`${name}/secret`, secret);
    }
    symlinkSync('one', join(folder, 'data'));
    const gate = await serve(['--secret-file', join(folder, 'data', 'secret')]);
    symlinkSync('two', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, 'data'));
    await poll();
    await gate.said(/configuration reloaded/);
    expect(await statuses(gate)).toEqual([401, 200]);
  });

  it('keeps what runs while the file is gone or wrong, and says so once', async () => {
    const file = put('secret', OLD);
    const gate = await serve(['--secret-file', file]);
    rmSync(file);
    await poll();
    await gate.said(
      /stays as it was: --secret-file "[^"]+" names a file that cannot be read \(ENOENT\)/,
    );
    await poll();
    await poll();
    expect(gate.stderr().match(/stays as it was/g)).toHaveLength(1);
    expect(await statuses(gate)).toEqual([200, 401]);
    put('secret', 'short');
    await poll();
    await gate.said(/stays as it was[\s\S]*stays as it was: --secret-file "[^"]+" holds a secret/);
    put('secret', NEW);
    await poll();
    await gate.said(/configuration reloaded/);
    expect(await statuses(gate)).toEqual([401, 200]);
  });
});

const OPENSSL = (() => {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' });
  } catch {
    if (process.env['CI']) throw new Error('openssl is needed to make certificates');
    process.stderr.write('SKIPPED: openssl is not there, so no certificate can be made\n');
    return undefined;
  }
})();

describe.skipIf(OPENSSL === undefined)('a gate that speaks TLS', () => {
  const certify = (name: string): readonly [cert: string, key: string] => {
    const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)] as const;
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    const form = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const files = ['-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', '-x509', ...form, ...subject, ...files], { stdio: 'ignore' });
    return [cert, key];
  };
  /** The status of an answer, and the name in the certificate. */
  const ask = ({ port }: Serving, token: string): Promise<readonly [number, string]> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      const agent = new Agent({ keepAlive: false });
      const options = { port, host: '127.0.0.1', rejectUnauthorized: false, headers, agent };
      askHttps(options, (response) => {
        const { subject } = (response.socket as TLSSocket).getPeerCertificate();
        response
          .resume()
          .once('end', () => resolve([response.statusCode ?? 0, String(subject.CN)]));
      })
        .once('error', reject)
        .end();
    });

  it('lets good tokens in, requires HTTPS if asked to, and takes a renewed certificate', async () => {
    const [cert, key] = certify('first');
    const tls = ['--tls-cert', cert, '--tls-key', key, '--require-https'];
    const gate = await serve(tls, { ZEP_AUTH_SECRET: OLD });
    expect(gate.stdout()).toMatch(/^listening on https:\/\/127\.0\.0\.1:\d+\n$/);
    expect(await ask(gate, tokenOf({}, OLD))).toEqual([200, 'first']);
    expect(await ask(gate, 'abc')).toEqual([401, 'first']);
    const [cert2, key2] = certify('second');
    renameSync(cert2, cert);
    renameSync(key2, key);
    gate.hangUp();
    await gate.said(/configuration reloaded/);
    expect(await ask(gate, tokenOf({}, OLD))).toEqual([200, 'second']);
    writeFileSync(cert, 'nonsense');
    gate.hangUp();
    await gate.said(/stays as it was: --tls-cert and --tls-key are not a certificate/);
    expect(await ask(gate, tokenOf({}, OLD))).toEqual([200, 'second']);
  });

  it('does not start with a key that does not fit, or without one', async () => {
    const [cert] = certify('first');
    const [, key] = certify('second');
    const env = { ZEP_AUTH_SECRET: OLD };
    for (const [args, message] of [
      [['--tls-cert', cert, '--tls-key', key], /are not a certificate with its key in PEM/],
      [['--tls-cert', cert], /--tls-cert goes with --tls-key/],
      [['--tls-key', key], /--tls-key goes with --tls-cert/],
      [
        ['--tls-cert', cert, '--tls-key', join(folder, 'none')],
        /cannot read "[^"]+": no such file or directory \(ENOENT\)/,
      ],
    ] as const) {
      const ran = await runCli(['serve', '--demo', '--port', '0', ...args], { env });
      expect(ran.stderr).toMatch(message);
      expect(ran.code).toBeGreaterThan(0);
      expect(ran.stdout).toBe('');
    }
  });
});

it('ends without waiting for the next look at its files', async () => {
  const gate = await serve(['--secret-file', put('secret', OLD)]);
  await vi.waitFor(async () => expect(await statuses(gate)).toEqual([200, 401]), PATIENT);
  expect(await gate.stop()).toBe(0);
});
