// Real neighbours of a gate: nginx with a cache in front of it, and an API behind it that speaks TLS.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { SECRET, tokenOf } from '../made-tokens.ts';
import { startUpstream } from '../recording-upstream.ts';
import { startServe } from '../serving.ts';

const env = { ZEP_AUTH_SECRET: SECRET };
// Debian installs nginx in /usr/sbin, which may not be in PATH.
const searched = { PATH: `${process.env['PATH']}:/usr/sbin` };
const has = (program: string, argument: string): boolean => {
  const isThere = spawnSync(program, [argument], { env: searched }).error === undefined;
  if (!isThere) process.stderr.write(`SKIPPED: ${program} is not there\n`);
  return isThere || process.env['CI'] !== undefined;
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const serve = async (args: readonly string[]) => {
  const serving = await startServe(args, { env });
  onTestFinished(async () => {
    await serving.stop();
  });
  return serving;
};

const findPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // bound, and not to a pipe
  server.close();
  return port;
};

describe.runIf(has('nginx', '-v'))('nginx with proxy_cache in front', () => {
  const startCache = async (upstreamPort: number): Promise<string> => {
    const port = await findPort();
    mkdirSync(join(folder, 'cache'));
    const paths = ['client_body', 'proxy', 'fastcgi', 'scgi', 'uwsgi'];
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; pid nginx.pid; error_log stderr notice; events {}
      http {
        access_log off;
        ${paths.map((name) => `${name}_temp_path ${name};`).join(' ')}
        proxy_cache_path cache keys_zone=answers:1m;
        server {
          listen 127.0.0.1:${port};
          location / {
            proxy_pass http://127.0.0.1:${upstreamPort};
            proxy_cache answers;
            proxy_cache_valid any 1m;
          }
        }
      }`,
    );
    const asRoot = process.getuid?.() === 0 ? ['-g', 'user root;'] : [];
    const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr', ...asRoot];
    const nginx = spawn('nginx', args, { env: searched, stdio: ['ignore', 'ignore', 'pipe'] });
    onTestFinished(async () => {
      nginx.kill();
      await once(nginx, 'close');
    });
    let said = '';
    nginx.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await vi.waitFor(() => expect(said).toMatch(/start worker process /), 10_000);
    return `http://127.0.0.1:${port}`;
  };

  /** Asks three times through the cache: as Alice, without a token, and as Bob. */
  const askThrice = async (cacheControl: string, ...more: string[]) => {
    const upstream = await startUpstream();
    onTestFinished(() => upstream.close());
    upstream.handle(({ headers }, response) => {
      response.setHeader('cache-control', cacheControl).setHeader('x-accel-expires', '60');
      response.end(`for ${headers['x-user']}`);
    });
    const gate = await serve([upstream.url, '--forward-claim', 'sub=X-User', ...more]);
    const url = `${await startCache(gate.port)}/report`;
    const answers: string[] = [];
    for (const sub of ['alice', undefined, 'bob']) {
      const headers = sub === undefined ? {} : { authorization: `Bearer ${tokenOf({ sub })}` };
      const response = await fetch(url, { headers });
      answers.push(response.ok ? await response.text() : String(response.status));
    }
    return answers;
  };

  it.each(['public, max-age=60', 's-maxage=60', 'max-age=60', ''])(
    'gives the answer to a token to nobody else, though the API says %j',
    async (cacheControl) => {
      expect(await askThrice(cacheControl)).toEqual(['for alice', '401', 'for bob']);
    },
  );

  it('gives it to everybody with --shared-cache, as the warning says', async () => {
    const answers = await askThrice('public, max-age=60', '--shared-cache');
    expect(answers).toEqual(['for alice', 'for alice', 'for alice']);
  });
});

describe.runIf(has('openssl', 'version'))('zepcli serve --upstream-ca', () => {
  const makeCertificate = (name: string): { readonly cert: string; readonly key: string } => {
    const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    const form = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', '-x509', ...form, ...subject, ...files], { stdio: 'ignore' });
    return { cert, key };
  };
  const startApi = async (name: string): Promise<string> => {
    const { cert, key } = makeCertificate(name);
    const options = { cert: readFileSync(cert), key: readFileSync(key) };
    const server = createTlsServer(options, (_, response) => response.end('over TLS'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`; // bound, and not to a pipe
  };
  const ask = async ({ url }: { readonly url: string }): Promise<string> => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${tokenOf({})}` } });
    return response.ok ? response.text() : String(response.status);
  };

  it('is what the certificate of the API is checked against', async () => {
    const api = await startApi('api');
    makeCertificate('other');
    expect(await ask(await serve([api, '--upstream-ca', join(folder, 'api.pem')]))).toBe(
      'over TLS',
    );
    const strict = await serve([api]);
    expect(await ask(strict)).toBe('502');
    expect(strict.messages()).toEqual([
      expect.stringMatching(/^failed GET \/: ERR_UPSTREAM_UNREACHABLE, .*CERT/),
    ]);
    expect(await ask(await serve([api, '--upstream-ca', join(folder, 'other.pem')]))).toBe('502');
  });

  it('is read again on a reload', async () => {
    const api = await startApi('api');
    makeCertificate('other');
    const file = join(folder, 'ca.pem');
    copyFileSync(join(folder, 'other.pem'), file);
    const gate = await serve([api, '--upstream-ca', file]);
    expect(await ask(gate)).toBe('502');
    copyFileSync(join(folder, 'api.pem'), file);
    gate.hangUp();
    await gate.said(/configuration reloaded/);
    expect(await ask(gate)).toBe('over TLS');
  });
});
