// Each client, from npm, against a running gate: what it sends, refresh, redirects, aborts, and what its user sees.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { serve } from '@hono/node-server';
import {
  Client,
  SSEClientTransport,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { Client as OlderClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OlderTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import axios from 'axios';
import ky from 'ky';
import { listen, printed, start, stopAll } from '../../../conformance/kit/programs.mjs';
import { createApi } from '../api.mjs';
import { call as callZep, connect as connectZep } from '../zep-js.mjs';
import { answerMcp, isMcp } from './mcp-server.mjs';

for (const name of ['core', 'sdk-auth', 'server', 'cli']) {
  const isBuilt = existsSync(new URL(`../../../packages/${name}/dist`, import.meta.url));
  assert.ok(isBuilt, 'the packages are not built: run `npx turbo run build` at the root');
}
const { generateSecret, signToken } = await import('@zep-auth/core');
const { authHeaders, createAuthFetch } = await import('@zep-auth/sdk-auth');
const { mcpAuthProvider } = await import('@zep-auth/sdk-auth/mcp');
const { createGate, header } = await import('@zep-auth/server');

const secret = generateSecret();
const good = await signToken(secret, { sub: 'alice' }, { expiresInSeconds: 3600 });
const stranger = await signToken(generateSecret(), { sub: 'alice' });
const expired = await signToken(secret, { sub: 'alice', exp: 1_700_000_000 });
const parts = [good, stranger, expired].flatMap((token) => token.split('.').slice(1));

/**
 * For each client: its answer, what its error for a 401 shows, how often it sends what gets a 503, whether it follows a
 * redirect and can be aborted, and how it sends a body.
 */
const clients = {
  ky: {
    answer: { name: 'alice' },
    shown: ({ name, response }) => [name, response.status],
    refusal: ['HTTPError', 401],
    sentWhenBusy: 3,
    post: (api, json) => api.post('me', { json }).json(),
  },
  ofetch: {
    answer: { name: 'alice' },
    shown: ({ name, status }) => [name, status],
    refusal: ['FetchError', 401],
    sentWhenBusy: 2,
    post: (api, body) => api('/me', { method: 'POST', body }),
  },
  'openapi-fetch': {
    answer: { name: 'alice' },
    shown: ({ message, cause }) => [message, cause.status],
    refusal: ['the API answered 401', 401],
    post: async (api, body) => (await api.POST('/me', { body })).data,
  },
  'graphql-request': {
    answer: { me: { name: 'alice' } },
    shown: ({ message, response }) => [message.split(':', 2).join(':'), response.status],
    refusal: ['GraphQL Error (Code: 401)', 401],
  },
  openai: {
    answer: 'alice',
    shown: (error) => [error.constructor.name, error.status],
    refusal: ['AuthenticationError', 401],
    sentWhenBusy: 3,
  },
  anthropic: {
    answer: 'alice',
    shown: (error) => [error.constructor.name, error.status],
    refusal: ['AuthenticationError', 401],
    sentWhenBusy: 3,
    followsRedirects: false, // x-api-key would go along
  },
  'ai-sdk': {
    answer: 'alice',
    shown: ({ name, statusCode }) => [name, statusCode],
    refusal: ['AI_APICallError', 401],
    sentWhenBusy: 3,
  },
  langchain: {
    answer: 'alice',
    shown: ({ status }) => [status],
    refusal: [401],
    sentWhenBusy: 2,
  },
  ollama: {
    answer: 'alice',
    shown: ({ name, status_code }) => [name, status_code],
    refusal: ['ResponseError', 401],
    isAbortable: false,
  },
  axios: {
    answer: { name: 'alice' },
    shown: ({ name, code, status }) => [name, code, status],
    refusal: ['AxiosError', 'ERR_BAD_REQUEST', 401],
    post: async (api, body) => (await api.post('/me', body)).data,
  },
  eventsource: {
    answer: '{"name":"alice"}',
    shown: ({ message, code }) => [message, code],
    refusal: ['Non-200 status code (401)', 401],
  },
  'hono-client': {
    answer: { name: 'alice' },
    shown: ({ message }) => [message],
    refusal: ['the API answered 401'],
    post: async (api, json) => (await api.me.$post({ json })).json(),
  },
  'tanstack-query': {
    answer: { name: 'alice' },
    shown: ({ message }) => [message],
    refusal: ['the API answered 401'],
  },
  trpc: {
    answer: { name: 'alice' },
    shown: ({ name, meta }) => [name, meta.response.status],
    refusal: ['TRPCClientError', 401],
  },
  urql: {
    answer: { me: { name: 'alice' } },
    shown: ({ name, response }) => [name, response.status],
    refusal: ['CombinedError', 401],
  },
  octokit: {
    answer: { name: 'alice' },
    shown: ({ name, status }) => [name, status],
    refusal: ['HttpError', 401],
  },
  postgrest: {
    answer: { name: 'alice' },
    shown: ({ name, code }) => [name, /^(?:invalid_token|token_expired)$/.test(code)],
    refusal: ['PostgrestError', true],
  },
  wretch: {
    answer: { name: 'alice' },
    shown: (error) => [error.constructor.name, error.status],
    refusal: ['WretchError', 401],
    post: (api, body) => api.url('/me').post(body).json(),
  },
  mcp: {
    answer: 'alice',
    shown: ({ name, status }) => [name, status],
    refusal: ['SdkHttpError', 401],
    followsRedirects: false,
  },
  undici: {
    answer: { name: 'alice' },
    shown: ({ message }) => [message],
    refusal: ['the API answered 401'],
  },
  'node-fetch': {
    followsRedirects: false, // see the file
    answer: { name: 'alice' },
    shown: ({ message }) => [message],
    refusal: ['the API answered 401'],
  },
  'cross-fetch': {
    followsRedirects: false,
    answer: { name: 'alice' },
    shown: ({ message }) => [message],
    refusal: ['the API answered 401'],
  },
};

/** Starts a gate and returns its address. */
const startGate = async (...args) => {
  const zepcli = fileURLToPath(new URL('../../../packages/cli/zepcli.cjs', import.meta.url));
  const command = [zepcli, 'serve', '--port', '0', ...args];
  return (await start(process.execPath, command, { ZEP_AUTH_SECRET: secret })).url;
};

let api; // behind the gates
let mode = 'answer'; // how it answers
let other; // another origin
let gate;
let headerGate; // reads the token from x-api-key
let demo;
let closeHeaderGate;
before(async () => {
  other = await listen(createServer((_request, response) => response.end('{}')));
  const server = createApi();
  const [answer] = server.listeners('request');
  server.removeAllListeners('request').on('request', (request, response) => {
    if (mode === 'busy') response.writeHead(503).end();
    else if (mode === 'away') response.writeHead(302, { location: `${other.url}/me` }).end();
    else if (mode === 'hang') return;
    else if (request.url === '/short') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('retry: 1\nid: 7\ndata: once\n\n');
    } else if (isMcp(request)) answerMcp(request, response);
    else answer(request, response);
  });
  api = await listen(server);
  gate = await startGate('--upstream', api.url);
  demo = await startGate('--demo');
  const options = { upstream: api.url, sources: [header('x-api-key')] };
  const { fetch } = createGate({ env: { ZEP_AUTH_SECRET: secret }, ...options });
  headerGate = await new Promise((resolve) => {
    const running = serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    );
    closeHeaderGate = () => {
      running.close();
      running.closeAllConnections();
    };
  });
});
beforeEach(() => {
  mode = 'answer';
  api.requests.length = 0;
  other.requests.length = 0;
});
after(async () => {
  closeHeaderGate();
  await stopAll();
});

const opened = [];
afterEach(() => Promise.all(opened.splice(0).map((client) => client.close())));

const gateFor = (name) => (name === 'anthropic' ? headerGate : gate);

/** The example with this token, which may be a function, and how often it has called its fetch. */
const load = async (name, token, url = gateFor(name)) => {
  const { connect, call, options } = await import(`../${name}.mjs`);
  const origins = [new URL(gateFor(name)).origin, new URL(demo).origin];
  const authFetch = createAuthFetch({ token, origins, ...options });
  const loaded = { calls: 0, connect, call };
  const counting = (input, init) => {
    loaded.calls++;
    return authFetch(input, init);
  };
  loaded.open = async () => {
    const client = await connect(url, counting);
    if (name === 'mcp') opened.push(client);
    return client;
  };
  loaded.run = async () => call(await loaded.open());
  return loaded;
};
const assertSilent = (text) => {
  for (const part of parts) assert.ok(!text.includes(part), 'a token is shown');
};
const failureOf = async (promise) => {
  const error = await promise.then(
    () => assert.fail('it was not refused'),
    (reason) => reason,
  );
  assertSilent(inspect(error, { depth: 20, showHidden: true }));
  return error;
};

for (const [name, client] of Object.entries(clients)) {
  describe(name, () => {
    it('gets its answer with a good token, which the API does not see', async () => {
      const { run } = await load(name, good);
      assert.deepEqual(await run(), client.answer);
      assert.ok(api.requests.length > 0);
      for (const { headers } of api.requests) {
        assert.deepEqual([headers.authorization, headers['x-api-key']], [undefined, undefined]);
      }
    });

    it('gets its answer with a new token when the first one is refused', async (t) => {
      const token = t.mock.fn(({ isRefused }) => (isRefused ? good : expired));
      const { run } = await load(name, token);
      assert.deepEqual(await run(), client.answer);
      assert.equal(token.mock.callCount(), 2);
    });

    it('reports a 401 for a bad token without showing it, and sends it once', async () => {
      for (const token of [stranger, expired]) {
        const loaded = await load(name, token);
        const error = await failureOf(loaded.run());
        assert.deepEqual(client.shown(error), client.refusal);
        assert.equal(loaded.calls, 1);
        assert.deepEqual(api.requests, []);
      }
    });

    it('sends nothing to an unlisted origin', async () => {
      const { run } = await load(name, good, other.url);
      const error = await failureOf(run());
      assert.match(inspect(error, { depth: 20 }), /is not in origins|Connection error/);
      assert.deepEqual(other.requests, []);
    });

    const { followsRedirects = true, sentWhenBusy = 1, post } = client;
    it(`${followsRedirects ? 'follows' : 'does not follow'} a redirect to another origin, without the token`, async () => {
      const { call, open } = await load(name, good);
      const opened = await open();
      mode = 'away';
      await Promise.resolve(call(opened)).catch(() => {}); // the other origin does not speak its protocol
      assert.equal(other.requests.length, followsRedirects ? 1 : 0);
      for (const { headers } of other.requests) {
        assert.deepEqual([headers.authorization, headers['x-api-key']], [undefined, undefined]);
      }
    });

    it(`sends a request that gets a 503 ${sentWhenBusy} times`, async () => {
      const { call, open } = await load(name, good);
      const opened = await open();
      mode = 'busy';
      api.requests.length = 0;
      await Promise.resolve(call(opened)).catch(() => {});
      const sent = api.requests.filter(({ body }) => name !== 'mcp' || /whoami/.test(body));
      assert.equal(sent.length, sentWhenBusy);
    });

    if (client.isAbortable !== false) {
      it('ends a call that is aborted, while it waits for the API or for a token', async () => {
        const { call, open } = await load(name, good);
        const opened = await open();
        mode = 'hang';
        api.requests.length = 0;
        const abort = new AbortController();
        const hanging = call(opened, abort.signal);
        hanging.catch(() => {});
        while (api.requests.length === 0) await new Promise(setImmediate);
        abort.abort();
        await failureOf(hanging);

        mode = 'answer';
        let isHanging = false;
        const waiting = await load(name, () => (isHanging ? new Promise(() => {}) : good));
        const client = await waiting.open();
        if (name === 'mcp') return; // it has its token since it was opened
        isHanging = true;
        const early = new AbortController();
        const before = api.requests.length;
        const call2 = waiting.call(client, early.signal);
        call2.catch(() => {});
        await new Promise(setImmediate);
        early.abort();
        await failureOf(call2);
        assert.equal(api.requests.length, before);
      });
    }

    if (post) {
      it('sends a body, and again with a new token', async () => {
        const { open } = await load(name, ({ isRefused }) => (isRefused ? good : expired), demo);
        const echo = await post(await open(), { text: 'é' });
        assert.deepEqual([echo.method, echo.path], ['POST', '/me']);
        assert.deepEqual(JSON.parse(echo.body), { text: 'é' });
        assert.ok(!('authorization' in echo.headers));
      });
    }
  });
}

describe('openai', () => {
  it('sends the token, and no OpenAI key from the environment', async () => {
    const variables = {
      OPENAI_API_KEY: 'one',
      OPENAI_ADMIN_KEY: 'two',
      OPENAI_CUSTOM_HEADERS: 'Authorization: three',
      OPENAI_ORG_ID: 'four',
      OPENAI_PROJECT_ID: 'five',
    };
    Object.assign(process.env, variables);
    const { run } = await load('openai', good);
    assert.equal(await run(), 'alice');
    for (const name of Object.keys(variables)) delete process.env[name];
    const [{ headers }] = api.requests;
    assert.deepEqual([headers['openai-organization'], headers['openai-project']], ['four', 'five']);
  });

  it('reads a streamed answer', async () => {
    const openai = await (await load('openai', good)).open();
    const request = { model: 'any', messages: [], stream: true };
    const words = [];
    for await (const { choices } of await openai.chat.completions.create(request)) {
      words.push(choices[0].delta.content);
    }
    assert.deepEqual(words, ['ali', 'ce']);
  });

  it('logs no token, even when it logs everything', async () => {
    const lines = [];
    const log = (...values) => lines.push(inspect(values, { depth: 20 }));
    const logger = { error: log, warn: log, info: log, debug: log };
    const openai = await (await load('openai', good)).open();
    const verbose = openai.withOptions({ logger, logLevel: 'debug' });
    await verbose.chat.completions.create({ messages: [] });
    assert.match(lines.join(''), /accept/);
    assertSilent(lines.join(''));
  });
});

describe('a placeholder key', () => {
  it('is sent with a warning unless authorization is replace', async () => {
    for (const name of ['openai', 'ai-sdk', 'langchain']) {
      const { connect, call } = await import(`../${name}.mjs`);
      const warnings = [];
      const onWarning = (warning) => warnings.push(warning);
      const authFetch = createAuthFetch({ token: good, origins: [gate], onWarning });
      const client = await connect(gate, authFetch);
      const error = await failureOf(call(client));
      assert.match(inspect(error), /401/);
      assert.equal(warnings.length, 1, name);
      assert.match(warnings[0], /authorization: 'replace'/);
    }
  });
});

describe('eventsource', () => {
  it('reconnects when a stream ends, with a fresh token and the last id', async (t) => {
    const tokens = [good, await signToken(secret, { n: 2, exp: 1 }), good];
    const token = t.mock.fn(() => tokens.shift());
    const open = await (await load('eventsource', token)).open();
    const source = open('/short');
    await once(source, 'message');
    await once(source, 'message');
    source.close();
    const ids = api.requests.map(({ headers }) => headers['last-event-id']);
    assert.deepEqual(ids, [undefined, '7']);
  });

  it('does not reconnect after a 401', async () => {
    const open = await (await load('eventsource', expired)).open();
    const source = open('/short');
    const [{ code }] = await once(source, 'error');
    assert.deepEqual([code, source.readyState], [401, source.CLOSED]);
  });
});

describe('MCP', () => {
  const whoami = async (client) => {
    const { content } = await client.callTool({ name: 'whoami', arguments: {} });
    await client.close();
    return content[0].text;
  };
  const info = { name: 'test', version: '1.0.0' };
  const refreshing = (t) => t.mock.fn(({ isRefused }) => (isRefused ? good : expired));
  const authFetchFor = (token) => createAuthFetch({ token, origins: [gate] });
  const transports = {
    'Streamable HTTP': (options) =>
      new StreamableHTTPClientTransport(new URL('/mcp', gate), options),
    SSE: (options) => new SSEClientTransport(new URL('/sse', gate), options),
  };

  for (const [transport, create] of Object.entries(transports)) {
    for (const [form, toOptions] of Object.entries({
      fetch: (token) => ({ fetch: authFetchFor(token) }),
      authProvider: (token) => ({ authProvider: mcpAuthProvider(token) }),
    })) {
      it(`${transport} with ${form}: a refused token is refreshed`, async (t) => {
        const token = refreshing(t);
        const client = new Client(info);
        await client.connect(create(toOptions(token)));
        assert.equal(await whoami(client), 'alice');
        assert.equal(token.mock.callCount(), 2);
      });

      it(`${transport} with ${form}: a token that expires during a session is refreshed`, async (t) => {
        let isRevoked = false;
        const other = await signToken(secret, { sub: 'alice', n: 2 }, { expiresInSeconds: 3600 });
        const token = t.mock.fn(({ isRefused }) =>
          isRefused ? other : isRevoked ? expired : good,
        );
        const client = new Client(info);
        await client.connect(create(toOptions(token)));
        isRevoked = true;
        assert.equal(await whoami(client), 'alice');
      });

      it(`${transport} with ${form}: a token that stays refused is an error without it`, async () => {
        const client = new Client(info);
        const error = await failureOf(client.connect(create(toOptions(() => expired))));
        await client.close();
        assert.match(inspect(error), /401|ERR_TOKEN_EXPIRED|token was refused/);
        assert.deepEqual(api.requests, []);
      });
    }
  }

  it('works with fetch in the older SDK too', async (t) => {
    const token = refreshing(t);
    const client = new OlderClient(info);
    const url = new URL('/mcp', gate);
    await client.connect(new OlderTransport(url, { fetch: authFetchFor(token) }));
    assert.equal(await whoami(client), 'alice');
    assert.equal(token.mock.callCount(), 2);
  });
});

describe('a header set by hand instead of authFetch', () => {
  // The README warns of this. It also proves that the tests above would find a token.
  for (const [name, ask] of [
    ['axios', (headers) => axios.get(`${gate}/me`, { headers })],
    ['ky', (headers) => ky(`${gate}/me`, { headers })],
  ]) {
    it(`appears in an error of ${name}`, async () => {
      const error = await ask(authHeaders(stranger)).catch((reason) => reason);
      assert.throws(() => assertSilent(inspect(error)), /a token is shown/);
    });
  }
});

describe('axios', () => {
  it('sends no token with another adapter, nor instead of a password in the URL', async () => {
    const instance = await (await load('axios', good)).open();
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

describe('a Request for a fetch of another make', () => {
  for (const name of ['undici', 'node-fetch', 'cross-fetch']) {
    it(`is unwrapped for ${name}, with its body`, async () => {
      const { options } = await import(`../${name}.mjs`);
      const token = ({ isRefused }) => (isRefused ? good : expired);
      const authFetch = createAuthFetch({ token, origins: [demo], ...options });
      const form = new FormData();
      form.set('file', new Blob(['in a file']), 'name.txt');
      for (const body of ['text', new Blob(['text']), new TextEncoder().encode('text'), form]) {
        const response = await authFetch(new Request(`${demo}/me`, { method: 'POST', body }));
        const echo = await response.json();
        assert.equal(echo.method, 'POST');
        assert.match(echo.body, body === form ? /name\.txt[\s\S]*in a file/ : /^text$/);
      }
    });
  }

  it('streams a body to undici', async () => {
    const { options } = await import('../undici.mjs');
    const authFetch = createAuthFetch({ token: good, origins: [demo], ...options });
    const body = new Response('streamed').body;
    const response = await authFetch(`${demo}/me`, { method: 'POST', body, duplex: 'half' });
    assert.equal((await response.json()).body, 'streamed');
  });
});

describe('zep-js', () => {
  const open = (token, url = gate) => connectZep(url, undefined, token);

  it('gets its answer with a good token, which the API does not see', async () => {
    assert.equal(await callZep(await open(good)), 'alice');
    assert.deepEqual(
      api.requests.map(({ url, headers }) => [url, headers.authorization]),
      [
        ['/healthz', undefined],
        ['/api/v1/user/alice', undefined],
      ],
    );
  });

  it('reports a 401 for a bad token without showing it', async () => {
    for (const token of [stranger, expired]) {
      const { name, message } = await failureOf(callZep(await open(token)));
      assert.deepEqual([name, message], ['AuthenticationError', 'Authentication failed.']);
    }
  });

  it('follows a redirect without its key, and sends a request that gets a 503 once', async () => {
    const client = await open(good);
    mode = 'busy';
    api.requests.length = 0;
    await failureOf(callZep(client));
    assert.equal(api.requests.length, 1);
    mode = 'away';
    await callZep(client);
    assert.equal(other.requests.length, 1);
    assert.equal(other.requests[0].headers.authorization, undefined);
  });

  it('connects to serve --demo too', async (t) => {
    t.mock.method(console, 'warn', () => {}); // the demo has no version
    assert.equal(await callZep(await open(good, demo)), undefined); // an echo without a user, but a 200
  });
});

describe('start.mjs', () => {
  const run = (name, token) =>
    new Promise((resolve) => {
      const file = fileURLToPath(new URL('../start.mjs', import.meta.url));
      const env = { ZEP_API_URL: gateFor(name), ZEP_API_KEY: token };
      execFile(process.execPath, [file, name], { env }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });

  it('runs one', async () => {
    const { code, stdout, stderr } = await run('ky', good);
    assert.deepEqual([code, stdout, stderr], [0, "{ name: 'alice' }\n", '']);
  });

  it('prints the client’s error for a refusal, and no token', async () => {
    const names = [...Object.keys(clients), 'zep-js'];
    const outcomes = await Promise.all(names.map((name) => run(name, stranger)));
    for (const [i, { code, stdout, stderr }] of outcomes.entries()) {
      const name = names[i];
      const printedAnyway = name === 'ollama' ? 'Getting text from response\n' : '';
      assert.deepEqual([code, stdout], [1, printedAnyway], name);
      assert.match(stderr, /401|Authentication failed|Unauthorized|invalid_token/, name);
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
  const tested = [...Object.keys(clients), 'zep-js'].map((name) => `${name}.mjs`);
  assert.deepEqual(tested.sort(), examples);
});
