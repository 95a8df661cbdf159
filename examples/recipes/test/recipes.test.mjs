// Runs the code of each recipe, as it stands on its page.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, describe, it, mock } from 'node:test';
import { pathToFileURL } from 'node:url';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { signToken } from '@zep-auth/core';
import { testAuth } from '@zep-auth/server/testing';
import { findFreePort } from '../../../conformance/kit/api.mjs';
import { launch, listen, run, start, stopAll } from '../../../conformance/kit/programs.mjs';
import { checkTypes } from '../../../conformance/kit/typescript.mjs';
import { compileBlock, folder, readBlocks, writeBlock } from './pages.mjs';

const { env, authorization, secret, token } = testAuth({ claims: { sub: 'alice' } });
Object.assign(process.env, env);
const bearer = async (claims) => ({ authorization: await authorization(claims) });
const stranger = async () => ({ authorization: await testAuth().authorization({ sub: 'alice' }) });
after(stopAll);

/** Loads a recipe that exports an application. */
const loadApp = async (page) => (await import(pathToFileURL(await compileBlock(page)).href)).app;

/** Starts a recipe that listens. */
const startRecipe = async (page, variables) =>
  start(
    process.execPath,
    [await compileBlock(page)],
    { ...env, PORT: '0', ...variables },
    /listening on .*?(\d{4,5})\b/s,
  );

describe('a model server', () => {
  const seen = [];
  let gate;
  let finish;
  before(async () => {
    const model = createServer((request, response) => {
      seen.push(request.headers);
      response.write('{"response":"Hel"}\n');
      if (request.url === '/api/slow') finish = () => response.end('{"response":"lo"}\n');
      else response.end('{"response":"lo"}\n');
    });
    const { url } = await listen(model);
    gate = await startRecipe('recipes/model-server.md', { UPSTREAM: url });
  });
  const ask = (headers, path = '/api/generate') =>
    fetch(gate.url + path, { method: 'POST', headers, body: '{"prompt":"Hi"}' });

  it('gets requests with a token in either header, and sees neither', async () => {
    for (const headers of [await bearer(), { 'x-api-key': await token() }]) {
      const response = await ask(headers);
      assert.equal(await response.text(), '{"response":"Hel"}\n{"response":"lo"}\n');
      const last = seen.at(-1);
      assert.deepEqual([last.authorization, last['x-api-key']], [undefined, undefined]);
    }
  });

  it('gets nothing else', async () => {
    const before = seen.length;
    assert.equal((await ask({})).status, 401);
    assert.equal((await ask(await stranger())).status, 401);
    assert.equal((await ask({ 'x-api-key': 'sk-1234' })).status, 401);
    assert.equal((await ask({ ...(await bearer()), 'x-api-key': await token() })).status, 400);
    assert.equal((await ask(await bearer(), '/api/pull')).status, 403);
    assert.equal((await ask(await bearer(), '/api/%70ull')).status, 403);
    assert.equal(seen.length, before);
    assert.equal((await ask(await bearer({ scope: 'models' }), '/api/pull')).status, 200);
  });

  it('streams: the first words arrive before the last are there', async () => {
    const response = await ask(await bearer(), '/api/slow');
    const reader = response.body.getReader();
    const first = await reader.read();
    assert.match(Buffer.from(first.value).toString(), /Hel/);
    finish();
    const { value } = await reader.read();
    assert.match(Buffer.from(value).toString(), /lo/);
  });
});

describe('FastAPI and Flask', () => {
  const python = ['/usr/bin/python3', '/usr/local/bin/python3'].find(existsSync) ?? 'python3';
  const servers = {
    fastapi: ['-m', 'uvicorn', '--app-dir', `${folder}/.generated`, 'fastapi_app:app', '--port'],
    flask: ['-m', 'flask', '--app', `${folder}/.generated/flask_app.py`, 'run', '--port'],
  };
  for (const [index, [name, args]] of Object.entries(servers).entries()) {
    it(`${name} learns from the gate whose request it is`, async (t) => {
      await writeBlock('recipes/python.md', index, 'python', `${name}_app.py`);
      const isThere = await run(python, ['-c', `import ${name}`]).then(
        () => true,
        () => false,
      );
      if (!isThere) {
        assert.ok(!process.env.CI, `${name} is not installed`);
        return t.skip(`${name} is not installed`);
      }
      const port = await findFreePort();
      const api = launch(python, [...args, String(port)], { PATH: process.env.PATH });
      await api.says(/[Rr]unning on http/);
      const gate = await startRecipe('recipes/python.md', { UPSTREAM: `http://127.0.0.1:${port}` });
      const me = await fetch(`${gate.url}/me`, { headers: await bearer() });
      assert.deepEqual([me.status, await me.json()], [200, { sub: 'alice' }]);
      assert.equal((await fetch(`${gate.url}/me`)).status, 401);
      for (const spelling of ['X-User', 'x_user', 'X-USER']) {
        const headers = { ...(await bearer()), [spelling]: 'root' };
        const told = await fetch(`${gate.url}/me`, { headers });
        assert.deepEqual(await told.json(), { sub: 'alice' }, spelling);
      }
      const remove = async (claims) =>
        (await fetch(`${gate.url}/things/7`, { method: 'DELETE', headers: await bearer(claims) }))
          .status;
      assert.equal(await remove({}), 403);
      assert.equal(await remove({ scope: 'things:write' }), 204);
      await api.stop();
      await gate.stop();
    });
  }
});

describe('a page in the browser', () => {
  const chromium =
    process.env.CHROMIUM_PATH ?? ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync);
  let api;
  let page;
  const given = [];
  before(async () => {
    const port = await findFreePort();
    const origin = `http://127.0.0.1:${port}`;
    api = await startRecipe('recipes/browser.md', { PAGE_ORIGIN: origin });
    const { readFile } = await import('node:fs/promises');
    const script = await readFile(
      await compileBlock('recipes/browser.md', 1, {
        packages: 'bundle',
        platform: 'browser',
        target: 'es2022',
      }),
    );
    page = createServer(async (request, response) => {
      if (request.url === '/token') {
        const exp = Math.floor(Date.now() / 1000) + (given.length === 0 ? -1 : 300); // the first one is too old
        given.push(await signToken(secret, { sub: 'alice', exp }));
        return response.end(given.at(-1));
      }
      if (request.url === '/page.js')
        return response.setHeader('content-type', 'text/javascript').end(script);
      response.setHeader('content-type', 'text/html; charset=utf-8');
      return response.end(
        `<!doctype html><html data-api="${api.url}"><body><script type="module" src="/page.js"></script>`,
      );
    });
    page.listen(port, '127.0.0.1');
    await once(page, 'listening');
  });
  after(() => {
    page.closeAllConnections();
    page.close();
  });
  const origin = () => `http://127.0.0.1:${page.address().port}`;

  it('answers the preflight of its origin, and lets it read refusals', async () => {
    const ask = (method, from, more) =>
      fetch(`${api.url}/me`, { method, headers: { origin: from, ...more } });
    const preflight = await ask('OPTIONS', origin(), {
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    });
    assert.equal(preflight.headers.get('access-control-allow-origin'), origin());
    assert.match(preflight.headers.get('access-control-allow-headers'), /authorization/i);
    const refused = await ask('GET', origin());
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('access-control-allow-origin'), origin());
    assert.match(refused.headers.get('access-control-expose-headers'), /www-authenticate/i);
    const foreign = await ask('GET', 'https://evil.example', await bearer());
    assert.notEqual(foreign.headers.get('access-control-allow-origin'), 'https://evil.example');
  });

  it('shows what the API answers, with a token that was renewed', async (t) => {
    if (chromium === undefined) {
      assert.ok(!process.env.CI, 'chromium is not installed');
      return t.skip('chromium is not installed');
    }
    const args = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--virtual-time-budget=20000',
      '--dump-dom',
    ];
    const dom = await run(chromium, [...args, `${origin()}/`], { stdio: ['pipe', 'pipe', 'pipe'] });
    assert.match(dom, /\{"sub":"alice"\}/);
    assert.equal(given.length, 2);
  });
});

describe('API keys and tokens', () => {
  const KEY = 'key-of-an-old-client';
  let app;
  before(async () => {
    process.env.API_KEY_DIGESTS = createHash('sha256').update(KEY).digest('hex');
    app = await loadApp('recipes/api-keys.md');
  });
  const get = async (headers) => app.request('/api/me', { headers });

  it('either gets in, and nothing else', async () => {
    assert.deepEqual(await (await get(await bearer())).json(), { sub: 'alice' });
    assert.deepEqual(await (await get({ authorization: `Bearer ${KEY}` })).json(), {
      sub: 'an API key',
    });
    for (const value of [`Bearer ${KEY}x`, `Bearer ${KEY.slice(1)}`, 'Bearer', 'Basic YTpi', '']) {
      const { status } = await get({ authorization: value });
      assert.ok([400, 401].includes(status), value);
    }
    assert.equal((await get({})).status, 401);
    assert.equal((await get(await stranger())).status, 401);
    const digest = process.env.API_KEY_DIGESTS;
    assert.equal((await get({ authorization: `Bearer ${digest}` })).status, 401);
  });
});

describe('quotas', () => {
  it('are counted for each client, not for refused requests', async () => {
    const app = await loadApp('recipes/quotas.md');
    const ask = async (headers) => (await app.request('/', { headers })).status;
    assert.equal(await ask(await stranger()), 401);
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push(await ask(await bearer()));
    statuses.push(await ask(await bearer({ sub: 'bob' })));
    assert.deepEqual(statuses, [200, 200, 429, 200]);
  });
});

describe('OpenTelemetry', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  before(() => provider.register());
  after(() => provider.shutdown());

  it('has in each span whose request it was, or why it was refused, and no token', async () => {
    const app = await loadApp('recipes/telemetry.md');
    const good = await bearer({ jti: 'id-1' });
    const bad = await stranger();
    assert.equal((await app.request('/', { headers: good })).status, 200);
    assert.equal((await app.request('/', { headers: bad })).status, 401);
    const [accepted, refused] = exporter.getFinishedSpans().map(({ attributes }) => attributes);
    assert.equal(accepted['auth.outcome'], 'accepted');
    assert.deepEqual([accepted['enduser.id'], accepted['auth.token_id']], ['alice', 'id-1']);
    assert.equal(refused['auth.code'], 'ERR_TOKEN_SIGNATURE');
    assert.equal(refused['enduser.id'], undefined);
    const texts = JSON.stringify([accepted, refused]);
    for (const { authorization: value } of [good, bad]) {
      assert.ok(!texts.includes(value.split('.')[2]));
    }
  });
});

describe('an audit log', () => {
  let lines = [];
  let app;
  before(async () => {
    app = await loadApp('recipes/audit-log.md');
  });
  const remove = async (headers) => {
    lines = [];
    const write = process.stdout.write.bind(process.stdout);
    const mocked = mock.method(process.stdout, 'write', (chunk, ...rest) =>
      String(chunk).startsWith('{"time"')
        ? lines.push(JSON.parse(chunk)) > 0
        : write(chunk, ...rest),
    );
    const { status } = await app.request('/things/7?access_token=private', {
      method: 'DELETE',
      headers,
    });
    mocked.mock.restore();
    return status;
  };

  it('has a line for the decision and one for the deed', async () => {
    assert.equal(await remove(await bearer({ scope: 'things:write', jti: 'id-1' })), 204);
    const [decision, deed] = lines;
    assert.equal(lines.length, 2);
    assert.deepEqual(
      [decision.outcome, decision.sub, decision.tokenId],
      ['accepted', 'alice', 'id-1'],
    );
    assert.deepEqual([deed.did, deed.thing, deed.by], ['delete', '7', 'alice']);
  });

  it('has one more for a missing scope, and names an expired token', async () => {
    assert.equal(await remove(await bearer()), 403);
    assert.deepEqual(
      lines.map(({ outcome, check, sub }) => [outcome, check, sub]),
      [
        ['accepted', 'token', 'alice'],
        ['refused', 'scope', 'alice'],
      ],
    );
    assert.equal(await remove(await bearer({ exp: 1 })), 401);
    assert.deepEqual(
      lines.map(({ code, sub }) => [code, sub]),
      [['ERR_TOKEN_EXPIRED', 'alice']],
    );
    assert.equal(await remove(await stranger()), 401);
    assert.deepEqual(
      lines.map(({ code, sub }) => [code, sub]),
      [['ERR_TOKEN_SIGNATURE', undefined]],
    );
    assert.ok(!JSON.stringify(lines).includes('private'));
  });
});

it('the recipes have no type errors', async () => {
  const pages = [
    'model-server',
    'python',
    'browser',
    'api-keys',
    'quotas',
    'telemetry',
    'audit-log',
  ];
  const files = [];
  for (const page of pages) {
    const blocks = await readBlocks(`recipes/${page}.md`);
    for (const index of blocks.keys()) files.push(await writeBlock(`recipes/${page}.md`, index));
  }
  checkTypes(folder, files);
});
