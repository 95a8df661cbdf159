// Each client, from npm, against `zepcli serve`: what it gets with a good token, and what its user sees with another.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import axios from 'axios';
import ky from 'ky';
import { listen, printed, start, stopAll } from '../../../conformance/kit/programs.mjs';
import { createApi } from '../api.mjs';

for (const name of ['core', 'sdk-auth', 'cli']) {
  const isBuilt = existsSync(new URL(`../../../packages/${name}/dist`, import.meta.url));
  assert.ok(isBuilt, 'the packages are not built: run `npx turbo run build` at the root');
}
const { generateSecret, signToken } = await import('@zep-auth/core');
const { authHeaders } = await import('@zep-auth/sdk-auth');

const secret = generateSecret();
const good = await signToken(secret, { sub: 'alice' }, { expiresInSeconds: 3600 });
const stranger = await signToken(generateSecret(), { sub: 'alice' });
const expired = await signToken(secret, { sub: 'alice', exp: 1_700_000_000 });
const parts = [good, stranger, expired].flatMap((token) => token.split('.').slice(1));

/** For each client: its answer, its error for a refusal, its retries of a 503, and how to send it to another origin. */
const clients = {
  ky: {
    answer: { name: 'alice' },
    refusal: ({ name, response }) => [name, response.status],
    shown: ['HTTPError', 401],
    sentWhenBusy: 3,
    sendTo: ({ api }, url) => api.get(url, { prefixUrl: '' }),
    post: ({ api }, json) => api.post('me', { json }).json(),
  },
  ofetch: {
    wraps: true,
    answer: { name: 'alice' },
    refusal: ({ name, status }) => [name, status],
    shown: ['FetchError', 401],
    sentWhenBusy: 2,
    sendTo: ({ api }, url) => api(url),
    post: ({ api }, body) => api('/me', { method: 'POST', body }),
  },
  'openapi-fetch': {
    answer: { name: 'alice' },
    refusal: ({ message, cause }) => [message, cause.status],
    shown: ['the API answered 401', 401],
    sentWhenBusy: 1,
    sendTo: ({ api }, baseUrl) => api.GET('', { baseUrl }),
    post: async ({ api }, body) => (await api.POST('/me', { body })).data,
  },
  'graphql-request': {
    answer: { me: { name: 'alice' } },
    refusal: ({ message, response }) => [message.split(':', 2).join(':'), response.status],
    shown: ['GraphQL Error (Code: 401)', 401],
    sentWhenBusy: 1,
    sendTo: ({ api }, url) => api.setEndpoint(url).request('{ me { name } }'),
  },
  openai: {
    wraps: true,
    answer: 'alice',
    refusal: (error) => [error.constructor.name, error.status],
    shown: ['AuthenticationError', 401],
    sentWhenBusy: 3,
    sendTo: ({ api }, baseURL) => api.withOptions({ baseURL }).post('', { body: {} }),
  },
  axios: {
    wraps: true,
    answer: { name: 'alice' },
    refusal: ({ name, code, status }) => [name, code, status],
    shown: ['AxiosError', 'ERR_BAD_REQUEST', 401],
    sentWhenBusy: 1,
    sendTo: ({ api }, url) => api.get(url),
    post: async ({ api }, body) => (await api.post('/me', body)).data,
  },
  eventsource: {
    answer: '{"name":"alice"}',
    refusal: ({ message, code }) => [message, code],
    shown: ['Non-200 status code (401)', 401],
    sentWhenBusy: 1,
    sendTo: ({ call }, url) => call(url),
  },
  'zep-js': {
    answer: 'alice',
    refusal: ({ name, message }) => [name, message],
    shown: ['AuthenticationError', 'Authentication failed.'],
  },
};

/** Starts a gate and returns its address. */
const startGate = async (...args) => {
  const zepcli = fileURLToPath(new URL('../../../packages/cli/zepcli.js', import.meta.url));
  const command = [zepcli, 'serve', '--port', '0', ...args];
  return (await start(process.execPath, command, { ZEP_AUTH_SECRET: secret })).url;
};

let api; // behind the gate
let other; // another origin
let gate;
let demo;
before(async () => {
  other = await listen(createServer((_request, response) => response.end('{}')));
  const server = createApi();
  const [answer] = server.listeners('request');
  server.removeAllListeners('request').on('request', (request, response) => {
    if (request.url.endsWith('/away')) response.writeHead(302, { location: other.url }).end();
    else if (request.url.endsWith('/busy')) response.writeHead(503).end();
    else if (request.url === '/short') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('retry: 1\nid: 7\ndata: once\n\n');
    } else answer(request, response);
  });
  api = await listen(server);
  gate = await startGate('--upstream', api.url);
  demo = await startGate('--demo');
});
beforeEach(() => {
  api.requests.length = 0;
  other.requests.length = 0;
});
after(stopAll);

let copies = 0;
/** Loads the example with this address and this token. */
const load = (name, url, token) => {
  Object.assign(process.env, { ZEP_API_URL: url, ZEP_API_KEY: token });
  return import(`../${name}.mjs?${copies++}`);
};
const assertSilent = (text) => {
  for (const part of parts) assert.ok(!text.includes(part), 'a token is shown');
};
const failureOf = async (promise) => {
  const error = await promise.then(
    () => assert.fail('it was not refused'),
    (reason) => reason,
  );
  assertSilent(error.message);
  return error;
};

for (const [name, client] of Object.entries(clients)) {
  describe(name, () => {
    it('gets its answer with a good token, which the API does not see', async () => {
      const { call } = await load(name, gate, good);
      const answer = await call();
      assert.deepEqual(name === 'zep-js' ? answer.user_id : answer, client.answer);
      const [{ headers }] = api.requests.slice(-1);
      assert.equal(headers.authorization, undefined);
    });

    it('reports a 401 for a bad token without showing it, and sends it once', async (t) => {
      for (const token of [stranger, expired]) {
        const { call } = await load(name, gate, token);
        const sent = t.mock.method(globalThis, 'fetch');
        const error = await failureOf(call());
        assert.deepEqual(client.refusal(error), client.shown);
        assert.equal(sent.mock.callCount(), name === 'zep-js' ? 2 : 1); // it requests /healthz first
        sent.mock.restore();
        assertSilent(inspect(error, { depth: 20, showHidden: true }));
        assert.deepEqual(
          api.requests.filter(({ url }) => url !== '/healthz'),
          [],
        );
      }
    });

    const { sendTo, post, sentWhenBusy } = client;
    if (sendTo) {
      it('sends nothing to an unlisted origin', async () => {
        const loaded = await load(name, gate, good);
        const error = await failureOf(sendTo(loaded, `${other.url}/me`));
        const reason = client.wraps ? error.cause : error;
        if (name === 'eventsource') assert.match(reason.message, /is not in origins/);
        else assert.equal(reason.code, 'ERR_ORIGIN_NOT_ALLOWED');
        assert.deepEqual(other.requests, []);
      });

      it('follows a redirect to another origin without the token', async () => {
        const loaded = await load(name, gate, good);
        await sendTo(loaded, `${gate}/away`).catch(() => {}); // the other origin does not speak its protocol
        assert.equal(other.requests.length, 1);
        assert.equal(other.requests[0].headers.authorization, undefined);
      });

      it(`sends a request that gets a 503 ${sentWhenBusy} times`, async () => {
        const loaded = await load(name, gate, good);
        await Promise.resolve(sendTo(loaded, `${gate}/busy`)).catch(() => {});
        assert.equal(api.requests.length, sentWhenBusy);
      });
    }
    if (post) {
      it('sends a body', async () => {
        const echo = await post(await load(name, demo, good), { text: 'é' });
        assert.deepEqual([echo.method, echo.path], ['POST', '/me']);
        assert.deepEqual(JSON.parse(echo.body), { text: 'é' });
        assert.deepEqual(
          Object.keys(echo.headers).filter((field) => field === 'authorization'),
          [],
        );
      });
    }
  });
}

describe('openai', () => {
  it('sends the token, and no OpenAI key from the environment', async () => {
    const { call } = await load('openai', gate, good);
    Object.assign(process.env, {
      OPENAI_API_KEY: 'one',
      OPENAI_ADMIN_KEY: 'two',
      OPENAI_CUSTOM_HEADERS: 'Authorization: three',
      OPENAI_ORG_ID: 'four',
      OPENAI_PROJECT_ID: 'five',
    });
    const { call: again } = await load('openai', gate, good);
    for (const variable of ['API_KEY', 'ADMIN_KEY', 'CUSTOM_HEADERS', 'ORG_ID', 'PROJECT_ID'])
      delete process.env[`OPENAI_${variable}`];
    assert.equal(await again(), await call());
    const [{ headers }] = api.requests;
    assert.deepEqual([headers['openai-organization'], headers['openai-project']], ['four', 'five']);
  });

  it('reads a streamed answer', async () => {
    const { api: openai } = await load('openai', gate, good);
    const stream = await openai.chat.completions.create({
      model: 'any',
      messages: [],
      stream: true,
    });
    const words = [];
    for await (const { choices } of stream) words.push(choices[0].delta.content);
    assert.deepEqual(words, ['ali', 'ce']);
  });
});

describe('openai, told to log everything', () => {
  it('logs no token', async () => {
    const lines = [];
    const log = (...values) => lines.push(inspect(values, { depth: 20 }));
    const logger = { error: log, warn: log, info: log, debug: log };
    const { api: openai } = await load('openai', gate, good);
    await openai
      .withOptions({ logger, logLevel: 'debug' })
      .chat.completions.create({ messages: [] });
    assert.match(lines.join(''), /accept/);
    assertSilent(lines.join(''));
  });
});

describe('eventsource', () => {
  it('reconnects when a stream ends, with the token and the last id', async () => {
    const { open } = await load('eventsource', gate, good);
    const source = open('/short');
    await once(source, 'message');
    await once(source, 'message');
    source.close();
    const ids = api.requests.map(({ headers }) => headers['last-event-id']);
    assert.deepEqual(ids, [undefined, '7']);
  });

  it('does not reconnect after a 401', async () => {
    const { open } = await load('eventsource', gate, expired);
    const source = open('/short');
    const [{ code }] = await once(source, 'error');
    assert.deepEqual([code, source.readyState], [401, source.CLOSED]);
  });
});

describe('a header set by hand instead of authFetch', () => {
  // The README warns of this. It also proves that the tests above would find a token.
  for (const [name, ask] of [
    ['axios', (headers) => axios.get(`${gate}/me`, { headers })],
    ['ky', (headers) => ky(`${gate}/me`, { headers })],
  ]) {
    it(`appears in an error of ${name}`, async () => {
      const error = await failureOf(ask(authHeaders(stranger)));
      assert.throws(() => assertSilent(inspect(error)), /a token is shown/);
    });
  }
});

describe('axios', () => {
  it('sends no token with another adapter, nor instead of a password in the URL', async () => {
    const { api: instance } = await load('axios', gate, good);
    const paths = [
      ['/me', { adapter: 'http' }],
      [`${gate.replace('//', '//user:password@')}/me`, {}],
    ];
    for (const [path, config] of paths) {
      const error = await failureOf(instance.get(path, config));
      assert.equal(error.status, 401);
    }
    assert.deepEqual(api.requests, []);
  });
});

it('zep-js follows a redirect without its key, and sends a request that gets a 503 once', async () => {
  const { call } = await load('zep-js', gate, good);
  await failureOf(call('busy'));
  assert.deepEqual(
    api.requests.map(({ url }) => url),
    ['/healthz', '/api/v1/user/busy'],
  );
  await call('away');
  assert.equal(other.requests.length, 1);
  assert.equal(other.requests[0].headers.authorization, undefined);
});

it('zep-js connects to serve --demo too', async (t) => {
  t.mock.method(console, 'warn', () => {}); // the demo has no version
  const { call } = await load('zep-js', demo, good);
  assert.equal((await call()).user_id, undefined); // an echo without a user, but a 200
});

describe('start.mjs', () => {
  const start = (name, token) =>
    new Promise((resolve) => {
      const file = fileURLToPath(new URL('../start.mjs', import.meta.url));
      const env = { ZEP_API_URL: gate, ZEP_API_KEY: token };
      execFile(process.execPath, [file, name], { env }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });

  it('runs one', async () => {
    const { code, stdout, stderr } = await start('ky', good);
    assert.deepEqual([code, stdout, stderr], [0, "{ name: 'alice' }\n", '']);
  });

  it('prints the client’s error for a refusal, and no token', async () => {
    for (const name of Object.keys(clients)) {
      const { code, stdout, stderr } = await start(name, stranger);
      assert.deepEqual([code, stdout], [1, ''], name);
      assert.match(stderr, /401|Authentication failed/, name);
      assertSilent(stderr);
    }
  });
});

it('the gates print no token', () => {
  assert.match(printed.join(''), /listening on/);
  assertSilent(printed.join(''));
});

it('each client accepts an authFetch in TypeScript', () => {
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
  const folder = fileURLToPath(new URL('.', import.meta.url));
  execFileSync(process.execPath, [tsc, '-p', folder], { stdio: 'pipe' });
});

it('the README lists exactly these files', () => {
  const here = new URL('..', import.meta.url);
  const named = readFileSync(new URL('README.md', here), 'utf8').match(
    /(?<=\]\()[\w-]+\.mjs(?=\))/g,
  );
  const files = readdirSync(here).filter((file) => file.endsWith('.mjs'));
  assert.deepEqual([...new Set(named)].sort(), files.sort());
  const examples = files.filter((file) => !['api.mjs', 'start.mjs'].includes(file));
  assert.deepEqual(
    Object.keys(clients)
      .map((name) => `${name}.mjs`)
      .sort(),
    examples,
  );
});
