// The same cases for each proxy: nginx, Caddy and HAProxy run with the configurations of this folder; what Traefik and Envoy
// would send is sent as their documentation has it. Behind them an API that records its requests.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listen, printed, run, start, stopAll } from '../../../conformance/kit/programs.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
for (const name of ['cli', 'core', 'server']) {
  const isBuilt = existsSync(join(folder, '../../packages', name, 'dist'));
  assert.ok(isBuilt, 'the packages are not built: run `npx turbo run build` at the root');
}
const { generateSecret, readAuthConfig, signToken } = await import('@zep-auth/core');
const { bearer, cookie } = await import('@zep-auth/server');
const { createNodeGate } = await import('@zep-auth/server/node');

const zepcli = join(folder, 'node_modules/@zep-auth/cli/zepcli.cjs');
// Debian installs nginx and haproxy in /usr/sbin, which may not be in PATH.
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
const secret = generateSecret();
const sign = (claims, key = secret) => signToken(key, claims, { expiresInSeconds: 3600 });

/** A port that was free a moment ago. */
const findPort = async () => {
  const { port, stop } = await listen(createServer());
  await stop();
  return port;
};

/** Sends a request with exactly these fields; `from` is the address of the client. */
const exchange = (port, { method = 'GET', path = '/hello', fields = [], body = '', from }) =>
  new Promise((resolve, reject) => {
    const headers = ['Host', 'api.test', ...fields.flat()];
    const address = { host: '127.0.0.1', port, ...(from && { localAddress: from }) };
    const sent = send({ ...address, method, path, headers, agent: false }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      resolve({ status: answer.statusCode, headers: answer.headers, body: text });
    });
    sent.once('error', reject).end(body);
  });

let temporary;
let api;
let gates;
let revoke;
let good;

before(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'zep-auth-proxies-'));
  const secretFile = join(temporary, 'secret');
  await writeFile(secretFile, secret, { mode: 0o600 });
  await mkdir(join(temporary, 'store'), { mode: 0o700 });
  const variables = { ...process.env, ZEP_AUTH_STORE_URL: `file://${temporary}/store` };
  const serve = ['serve', 'http://127.0.0.1:9', '--port', '0', '--secret-file', secretFile];
  const trust = ['--trusted-proxy', '127.0.0.1', '--trusted-proxy', '10.0.0.1'];
  const gate = await start(
    process.execPath,
    [zepcli, ...serve, ...trust, '--throttle', '3/10m', '--revocations'],
    variables,
  );
  revoke = (token) =>
    run(process.execPath, [zepcli, 'revoke', '--secret-file', secretFile], {
      env: variables,
      input: token,
    });
  api = await listen(
    createServer((request, response) => {
      request.once('end', () => response.end(`the API at ${request.url}`));
    }),
  );
  // A gate of an application, which reads a cookie too. It gets the requests that have one.
  const forCookies = createNodeGate({
    config: readAuthConfig({ ZEP_AUTH_SECRET: secret }),
    upstream: 'http://127.0.0.1:9',
    sources: [bearer(), cookie('session')],
    trustedProxy: () => true,
  });
  const questions = await listen(
    createServer((request, response) => {
      if (request.headers.cookie !== undefined) {
        forCookies.handleRequest(request, response);
        return;
      }
      const { method, url: path, rawHeaders: headers } = request;
      const onward = send(
        { host: '127.0.0.1', port: gate.port, method, path, headers },
        (answer) => {
          response.writeHead(answer.statusCode, answer.rawHeaders);
          answer.pipe(response);
        },
      );
      onward.once('error', () => response.destroy());
      request.pipe(onward);
    }),
  );
  gates = { port: questions.port, stop: () => Promise.all([gate.stop(), questions.stop()]) };
  good = await sign({ sub: 'alice' });
});

after(async () => {
  await stopAll();
  if (temporary !== undefined) await rm(temporary, { recursive: true });
});

/** Copies the configuration of a proxy with the ports of this run. Returns the folder and its port. */
const configure = async (name) => {
  const port = await findPort();
  const ports = { 8080: port, 8790: gates.port, 8000: api.port };
  const target = join(temporary, name);
  await cp(join(folder, name), target, { recursive: true });
  const files = {
    nginx: ['zep-auth.conf'],
    caddy: ['Caddyfile'],
    haproxy: ['haproxy.cfg', 'zep-auth.lua'],
  };
  for (const file of files[name]) {
    const text = await readFile(join(target, file), 'utf8');
    const changed = text.replace(/:(8080|8790|8000)\b/g, (_, standard) => `:${ports[standard]}`);
    await writeFile(join(target, file), changed);
  }
  return { target, port };
};

/** Waits until a proxy listens. */
const untilListening = async (port) => {
  for (let i = 0; ; i++) {
    try {
      return await exchange(port, {});
    } catch (error) {
      if (i === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
};

const RUN = {
  nginx: async () => {
    const { target, port } = await configure('nginx');
    const where = ['-p', target, '-c', join(target, 'nginx.conf'), '-e', 'stderr'];
    // Workers started by root would lose access to the temporary folder.
    const asRoot = process.getuid() === 0 ? ['-g', 'user root;'] : [];
    await start('nginx', [...where, ...asRoot], env, /start worker process/);
    return port;
  },
  caddy: async () => {
    const { target, port } = await configure('caddy');
    const home = { HOME: target, XDG_CONFIG_HOME: target, XDG_DATA_HOME: target };
    const args = ['run', '--adapter', 'caddyfile', '--config', join(target, 'Caddyfile')];
    await start('caddy', args, { ...env, ...home }, /serving initial configuration/);
    return port;
  },
  haproxy: async () => {
    const { target, port } = await configure('haproxy');
    await start('haproxy', ['-db', '-C', target, '-f', 'haproxy.cfg'], env, /^/);
    await untilListening(port);
    return port;
  },
};

/** The values of a field, as a proxy copies them. */
const copied = (fields, names) => fields.filter(([name]) => names.test(name));

/** What a proxy that is not here would ask the gate; its answer becomes the client's, or the API's. */
const RECORDED = {
  // doc.traefik.io, ForwardAuth: GET, the client's fields but those of the connection, X-Forwarded-* of Traefik.
  traefik: ({ method = 'GET', path = '/hello', fields = [], from = '127.0.0.1' }) => ({
    path: '/_gate/auth',
    fields: [
      ...copied(fields, /^(?!connection|content-length|transfer-encoding|te$|x-forwarded-)/i),
      ['X-Forwarded-Method', method],
      ['X-Forwarded-Proto', 'http'],
      ['X-Forwarded-Host', 'api.test'],
      ['X-Forwarded-Uri', path],
      ['X-Forwarded-For', from],
    ],
  }),
  // envoyproxy.io, ext_authz with an HTTP service: the request's method, its path behind the prefix, Host, Authorization and
  // allowed_headers; Envoy's client adds its own address to X-Forwarded-For.
  envoy: ({ method = 'GET', path = '/hello', fields = [], from = '127.0.0.1' }) => ({
    method,
    path: `/_gate/auth${path}`,
    fields: [
      ['Content-Length', '0'],
      ...copied(
        fields,
        /^(?:authorization|cookie|origin|access-control-request-method|sec-fetch-.*|x-http-method(?:-override)?|x-original-url)$/i,
      ),
      ['X-Forwarded-For', `${from}, 10.0.0.1`],
      ['X-Forwarded-Proto', 'http'],
      ['X-Envoy-Internal', 'true'],
    ],
  }),
};
const ALLOWS = {
  traefik: (status) => status >= 200 && status < 300,
  envoy: (status) => status === 200,
};

const toToken = (token) => ['Authorization', `Bearer ${token}`];
const PREFLIGHT = [
  ['Origin', 'https://app.test'],
  ['Access-Control-Request-Method', 'PUT'],
];

const NAMES = [...Object.keys(RUN), ...Object.keys(RECORDED)];
for (const [i, name] of NAMES.entries()) {
  const index = i + 1; // each proxy has its own clients
  const isMissing = name in RUN && spawnSync(name, ['-v'], { env }).error !== undefined;
  const skip = isMissing && !process.env.CI ? `skipped: ${name} is not on this machine` : false;

  describe(name, { skip }, () => {
    let ask;

    before(async () => {
      assert.ok(!isMissing, `${name} is not on this machine, and CI is set`);
      if (name in RUN) {
        const port = await RUN[name]();
        ask = (request) => exchange(port, request);
        return;
      }
      ask = async (request) => {
        const answer = await exchange(gates.port, RECORDED[name](request));
        return ALLOWS[name](answer.status) ? exchange(api.port, request) : answer;
      };
    });

    /** The status of a request, and whether the API has got it. */
    const outcome = async (request) => {
      const before = api.requests.length;
      const { status } = await ask(request);
      return [status, api.requests.length - before];
    };

    it('lets a good token through, with the body', async () => {
      assert.deepEqual(await outcome({ fields: [toToken(good)] }), [200, 1]);
      const body = 'x'.repeat(100_000);
      const fields = [toToken(good), ['Content-Length', String(body.length)]];
      assert.deepEqual(await outcome({ method: 'POST', path: '/up?a=b', fields, body }), [200, 1]);
      const { method, url, body: received } = api.requests.at(-1);
      assert.deepEqual([method, url, received], ['POST', '/up?a=b', body]);
      const long = await sign({ pad: 'x'.repeat(6000) });
      assert.ok(long.length > 8000 && long.length <= 8192);
      assert.deepEqual(await outcome({ fields: [toToken(long)] }), [200, 1]);
    });

    it('refuses any other token with a challenge', async () => {
      const [header, , signature] = good.split('.');
      const [, root] = (await sign({ sub: 'root' })).split('.');
      const bare = await ask({});
      assert.deepEqual(
        [bare.status, bare.headers['www-authenticate']],
        [401, 'Bearer realm="api"'],
      );
      const expired = await signToken(secret, { exp: 1_700_000_000 });
      for (const token of [expired, `${good}=`, 'x', `${header}.${root}.x${signature.slice(1)}`]) {
        const before = api.requests.length;
        const answer = await ask({ fields: [toToken(token)], from: `127.0.3.${index}` });
        const challenge = 'Bearer realm="api", error="invalid_token"';
        assert.deepEqual([answer.status, answer.headers['www-authenticate']], [401, challenge]);
        assert.equal(api.requests.length, before);
      }
      for (const value of ['Basic YTpi', good]) {
        assert.deepEqual(await outcome({ fields: [['Authorization', value]] }), [401, 0]);
      }
      const [status, count] = await outcome({ fields: [toToken(good), toToken(expired)] });
      assert.ok([400, 401].includes(status));
      assert.equal(count, 0);
    });

    it('lets a preflight through, and nothing that only looks like one', async () => {
      const preflight = { method: 'OPTIONS', path: '/things', fields: PREFLIGHT };
      assert.deepEqual(await outcome(preflight), [200, 1]);
      assert.deepEqual(await outcome({ ...preflight, method: 'GET' }), [401, 0]);
      assert.deepEqual(await outcome({ method: 'OPTIONS', path: '/things' }), [401, 0]);
      for (const field of ['X-HTTP-Method-Override', 'X-HTTP-Method']) {
        const fields = [...PREFLIGHT, [field, 'DELETE']];
        assert.deepEqual(await outcome({ ...preflight, fields }), [401, 0], field);
      }
      for (const field of ['X-Forwarded-Method', 'X-Original-Method']) {
        const fields = [...PREFLIGHT, [field, 'OPTIONS']];
        assert.deepEqual(
          await outcome({ method: 'GET', path: '/things', fields }),
          [401, 0],
          field,
        );
      }
    });

    it('lets GET and HEAD of a public path through, and no other spelling of it', async () => {
      assert.deepEqual(await outcome({ path: '/healthz' }), [200, 1]);
      assert.deepEqual(await outcome({ path: '/healthz', method: 'HEAD' }), [200, 1]);
      assert.deepEqual(await outcome({ path: '/healthz', method: 'POST' }), [401, 0]);
      const spellings = ['//healthz', '/%68ealthz', '/healthz/', '/a/../healthz', '/healthz;a'];
      for (const path of spellings) assert.deepEqual(await outcome({ path }), [401, 0], path);
      for (const field of ['X-Original-URL', 'X-HTTP-Method-Override', 'X-Rewrite-URL']) {
        if (name === 'envoy' && field === 'X-Rewrite-URL') continue;
        const fields = [[field, '/hello']];
        assert.deepEqual(await outcome({ path: '/healthz', fields }), [401, 0], field);
      }
      for (const field of ['X-Forwarded-Uri', 'X-Original-URI']) {
        assert.deepEqual(await outcome({ fields: [[field, '/healthz']] }), [401, 0], field);
      }
    });

    it('refuses a cookie from elsewhere', async () => {
      const session = ['Cookie', `session=${good}`];
      assert.deepEqual(await outcome({ fields: [session] }), [200, 1]);
      const own = [session, ['Origin', 'http://api.test']];
      assert.deepEqual(await outcome({ method: 'POST', fields: own }), [200, 1]);
      for (const origin of ['https://evil.test', 'https://api.test', 'null']) {
        const fields = [session, ['Origin', origin]];
        assert.deepEqual(await outcome({ method: 'POST', fields }), [403, 0], origin);
      }
      const foreign = [session, ['Sec-Fetch-Site', 'cross-site'], ['Sec-Fetch-Mode', 'no-cors']];
      assert.deepEqual(await outcome({ fields: foreign }), [403, 0]);
    });

    it('refuses a revoked token', async () => {
      const token = await sign({ jti: name });
      await revoke(token);
      assert.deepEqual(await outcome({ fields: [toToken(token)] }), [401, 0]);
    });

    it('slows down one guesser and nobody else', async () => {
      const [guesser, client] = [`127.0.1.${index}`, `127.0.2.${index}`];
      const wrong = async () => toToken(await sign({ sub: 'alice' }, generateSecret()));
      for (let i = 0; i < 3; i++) {
        const asked = {
          fields: [await wrong(), ['X-Forwarded-For', `10.9.9.${i}`]],
          from: guesser,
        };
        assert.deepEqual(await outcome(asked), [401, 0]);
      }
      assert.deepEqual(await outcome({ fields: [await wrong()], from: guesser }), [403, 0]);
      assert.deepEqual(await outcome({ fields: [await wrong()], from: client }), [401, 0]);
      const fresh = toToken(await sign({ sub: 'bob' }));
      assert.deepEqual(await outcome({ fields: [fresh], from: client }), [200, 1]);
    });

    if (!(name in RUN)) return;

    it('hides the token and what could imitate the gate from the API', async () => {
      const names = ['X-Auth-Subject', 'X-Auth-Request-User', 'X-Forwarded-User', 'Remote-User'];
      const forged = [...names, 'X-Forwarded-Email', 'X-Remote-User', 'X-Real-IP', 'Forwarded'];
      const fields = [toToken(good), ...forged.map((field) => [field, 'root']), ['X-Mine', '7']];
      assert.deepEqual(await outcome({ path: '/who', fields }), [200, 1]);
      const { headers } = api.requests.at(-1);
      assert.equal(headers.authorization, undefined);
      assert.equal(headers['x-mine'], '7');
      for (const [field, value] of Object.entries(headers)) assert.notEqual(value, 'root', field);
    });
  });
}

it('logs neither the secret nor a token', () => {
  const log = printed.join('');
  assert.match(
    log,
    /refused POST \/healthz: ERR_CREDENTIALS_MISSING status=401 client=127\.0\.0\.1/,
  );
  assert.match(log, /refused GET \/hello: ERR_TOO_MANY_FAILURES status=403 client=127\.0\.1\.1 /);
  assert.ok(!log.includes('cannot tell clients apart'));
  for (const value of [secret, ...good.split('.').slice(1)]) assert.ok(!log.includes(value));
});

// Last, because it stops the gate.
it('each fails closed when the gate is down', async () => {
  const proxies = Object.keys(RUN).filter(
    (name) => spawnSync(name, ['-v'], { env }).error === undefined,
  );
  const ports = [];
  for (const name of proxies) ports.push(await RUN[name]());
  await gates.stop();
  const before = api.requests.length;
  for (const port of ports) {
    for (const path of ['/hello', '/healthz']) {
      const { status } = await exchange(port, { path, fields: [toToken(good)] });
      assert.ok(status >= 500, String(status));
    }
  }
  assert.equal(api.requests.length, before);
});
