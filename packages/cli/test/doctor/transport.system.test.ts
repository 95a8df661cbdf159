// How a server is reached: certificates, plain HTTP beside it, and no connection at all.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAsk } from '../../src/doctor/client.ts';
import { judgePlainHttp, toFinding } from '../../src/doctor/probe.ts';
import { tokenOf } from '../made-tokens.ts';
import { bearerOf, detailsOf, guardBy, isGood, listen, probeAt, troublesOf } from './probing.ts';

const guarded = guardBy((request) => isGood(bearerOf(request)));

it('plain HTTP stays on this machine, and fails to another', async () => {
  for (const host of ['localhost', '127.0.0.1', '127.1', '[::1]', 'LOCALHOST']) {
    const [first] = await probeAt(`http://${host}:1/`);
    expect(first).toMatchObject({ name: 'TLS', status: 'skipped' });
  }
  for (const host of ['localhost.invalid', '0.0.0.0', '[::]']) {
    const [first] = await probeAt(`http://${host}:1/`);
    expect(first).toMatchObject({ name: 'TLS', status: 'fail' });
  }
});

describe('plain HTTP beside it', () => {
  const judge = async (origin: string) => {
    const { signal } = new AbortController();
    const limits = { signal, timeoutMs: 5000, deadlineMs: performance.now() + 5000 };
    return judgePlainHttp(createAsk(origin, limits), '/things');
  };
  const answering = (status: number, headers: Record<string, string> = {}) =>
    listen((_, response) => response.writeHead(status, headers).end());

  it.each<readonly [number, Record<string, string>, string, string]>([
    [301, { location: 'https://api.example.com/' }, 'pass', 'redirects to https (301)'],
    [308, { location: 'HTTPS://api.example.com/' }, 'pass', 'redirects to https (308)'],
    [302, { location: 'http://api.example.com/' }, 'warn', 'redirects, and not to https (302)'],
    [302, { location: '/login' }, 'warn', 'redirects, and not to https (302)'],
    [403, {}, 'pass', 'refused with 403'],
    [404, {}, 'pass', 'refused with 404'],
    [426, {}, 'pass', 'refused with 426'],
    [200, {}, 'warn', 'answers all paths alike (200)'],
    [401, {}, 'warn', 'asks for a token (401)'],
  ])('an answer of %s with %j: %s', async (status, headers, kind, detail) => {
    expect(await judge(await answering(status, headers))).toMatchObject({ status: kind, detail });
  });

  it('that answers without a token fails', async () => {
    const url = await listen((request, response) =>
      response.writeHead(request.url === '/things' ? 200 : 404).end(),
    );
    expect(await judge(url)).toMatchObject({
      status: 'fail',
      detail: 'answers without a token (200)',
    });
  });
});

describe('a server that cannot be asked', () => {
  it('leaves all checks open, with the reason in one row', async () => {
    for (const url of ['http://127.0.0.1:1/', 'https://127.0.0.1:1/']) {
      const results = await probeAt(url);
      expect(troublesOf(results)).toEqual({});
      expect(Object.values(detailsOf(results, 'unknown')).slice(0, 2)).toEqual([
        'connection refused (ECONNREFUSED)',
        'not checked',
      ]);
    }
  });

  it('because there is no such host', async () => {
    const results = await probeAt('http://nowhere.invalid/');
    expect(detailsOf(results, 'unknown')['no token']).toMatch(/\((?:ENOTFOUND|EAI_AGAIN)\)$/);
  });

  it('because it speaks plain HTTP where TLS is asked for, which fails', async () => {
    const url = await listen(guarded);
    const results = await probeAt(`${url.replace('http:', 'https:')}/`);
    expect(troublesOf(results)).toEqual({
      TLS: expect.stringMatching(/^fail: TLS fails: .*EPROTO|SSL/),
    });
  });

  it('because it does not speak HTTP', async () => {
    const server = createTcpServer((socket) => {
      socket.resume().end('220 mail.example.com ESMTP\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      server.close();
      await once(server, 'close');
    });
    const { port } = server.address() as AddressInfo; // bound, and not to a pipe
    const results = await probeAt(`http://127.0.0.1:${port}/`);
    expect(detailsOf(results, 'unknown')['no token']).toMatch(/^HPE_[A-Z]\w+$/);
  });

  it.each([
    ['CERT_HAS_EXPIRED', 'fail', 'TLS fails: CERT_HAS_EXPIRED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'fail', 'TLS fails: ERR_TLS_CERT_ALTNAME_INVALID'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'fail', 'TLS fails: DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['connection reset by peer (ECONNRESET)', 'unknown', 'connection reset by peer (ECONNRESET)'],
    ['no answer in time', 'unknown', 'no answer in time'],
  ])('by the cause %s: %s', (cause, status, detail) => {
    expect(toFinding('no token', cause)).toMatchObject({ status, detail });
    expect(toFinding('plain HTTP', cause)).toMatchObject({ status: 'pass' });
  });

  it('because the time is over leaves plain HTTP open, too', () => {
    expect(toFinding('plain HTTP', 'the time of the probe is over').status).toBe('unknown');
  });
});

const TOOL = 'openssl';

/** A certificate for this machine, made by openssl; `undefined` where there is none, which is said aloud. */
const makeCertificate = (days: number) => {
  const folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    execFileSync(
      TOOL,
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-days', String(days), '-subj', '/CN=zepcli test'],
        ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
      ],
      { stdio: 'ignore' },
    );
  } catch {
    process.stderr.write(
      'doctor: openssl did not run here; HTTPS is not tested with a certificate\n',
    );
    return undefined;
  }
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
};

describe('over HTTPS', () => {
  const listenTls = async (pair: { readonly key: string; readonly cert: string }) => {
    const server = createServer(pair, (request, response) => void guarded(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return (server.address() as AddressInfo).port; // bound, and not to a pipe
  };

  it('all passes, and the doctor looks at plain HTTP beside it', async ({ skip }) => {
    const pair = makeCertificate(90);
    if (pair === undefined) return skip();
    const url = `https://127.0.0.1:${await listenTls(pair)}/things`;
    const token = tokenOf({ sub: 'alice' });
    const results = await probeAt(url, { ca: pair.cert, token, plainPort: 1 });
    expect(troublesOf(results)).toEqual({});
    expect(detailsOf(results, 'skipped')).toEqual({});
    expect(detailsOf(results, 'pass')).toMatchObject({
      TLS: 'the certificate is trusted',
      'your token': 'accepted (200)',
      'plain HTTP': 'nothing answers there',
    });
    const plainPort = Number(new URL(await listen(guarded)).port);
    expect(troublesOf(await probeAt(url, { ca: pair.cert, token, plainPort }))).toEqual({
      'plain HTTP': 'warn: asks for a token (401)',
    });
  });

  it('a certificate that is not trusted fails, whatever the environment says, and no token is sent', async ({
    skip,
  }) => {
    const pair = makeCertificate(90);
    if (pair === undefined) return skip();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    onTestFinished(() => {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    });
    const url = `https://127.0.0.1:${await listenTls(pair)}/things`;
    const results = await probeAt(url, { token: tokenOf({}) });
    expect(troublesOf(results)).toEqual({
      TLS: 'fail: TLS fails: DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(detailsOf(results, 'pass')).toEqual({});
  });
});
