// What an MCP server behind the guard must do, asked by the SDK's own client over HTTP.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { printed, run, start, stopAll } from './programs.mjs';
import { compile } from './typescript.mjs';

const PUBLIC_URL = 'https://mcp.example.com/mcp';
const METADATA_URL = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';

/**
 * Tests `server.ts` in a folder.
 *
 * - `connect(url, options)`: resolves with a connected client; `options` are those of the SDK's transport
 * - `refusesByScope(call)`: asserts that the SDK reports a call as refused for its scope
 * - `providers`: other ways to give a token to a transport, by name: `(token) => options`
 * - `client`: a program that adds a note with the token in `ZEP_API_KEY`, if the folder has one
 */
export const testMcpServer = ({
  folder,
  core,
  sdkAuth,
  connect,
  refusesByScope,
  providers = {},
  client,
}) => {
  const zepcli = (args, env = {}) =>
    execFileSync(process.execPath, [join(folder, 'node_modules/.bin/zepcli'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  // As in the README. The plain token has no claims, so no `exp`.
  const made = zepcli(['-i']);
  const secret = /^Secret: (\S+)$/m.exec(made)[1];
  const plain = /^JWT token: (\S+)$/m.exec(made)[1];
  const sign = (claims, options = { expiresInSeconds: 3600 }) =>
    core.signToken(secret, claims, options);

  let url;
  let reader;
  let writer;
  let expired;

  before(async () => {
    reader = await sign({ sub: 'alice', scope: 'notes:read' });
    writer = await sign({ sub: 'bob', scope: 'notes:read notes:write' });
    expired = await sign({ sub: 'carol', exp: Math.floor(Date.now() / 1000) - 1 }, {});
    const file = await compile(folder, 'server.ts');
    const env = { ZEP_AUTH_SECRET: secret, PORT: '0', PUBLIC_URL };
    const { port } = await start(process.execPath, [file], env, /^listening on .*?(\d+)\/mcp\n/m);
    url = new URL(`http://127.0.0.1:${port}/mcp`);
  });
  after(stopAll);

  const withToken = (token) => ({
    fetch: sdkAuth.createAuthFetch({ token, origins: [url.origin] }),
  });
  const call = async (client, name, args = {}) => {
    const { content, isError } = await client.callTool({ name, arguments: args });
    return isError ? `error: ${content[0].text}` : content[0].text;
  };
  /** Connects, and closes the client in the end. */
  const use = async (options, run) => {
    const client = await connect(url, options);
    try {
      return await run(client);
    } finally {
      await client.close();
    }
  };

  describe('a client with a good token', () => {
    it('lists the tools, and a tool sees who is calling', async () => {
      await use(withToken(reader), async (client) => {
        const { tools } = await client.listTools();
        assert.deepEqual(tools.map(({ name }) => name).sort(), ['add_note', 'whoami']);
        assert.equal(await call(client, 'whoami'), 'alice: notes:read');
      });
    });

    it('may call a tool that needs a scope which the token has', async () => {
      await use(withToken(writer), async (client) => {
        assert.match(await call(client, 'add_note', { text: 'hello' }), /^note \d+ by bob$/);
      });
    });

    it('is refused by a tool that needs another scope', async () => {
      await use(withToken(reader), async (client) => {
        const before = await use(withToken(writer), (other) =>
          call(other, 'add_note', { text: '1' }),
        );
        await refusesByScope(() => client.callTool({ name: 'add_note', arguments: { text: '2' } }));
        const next = await use(withToken(writer), (other) =>
          call(other, 'add_note', { text: '3' }),
        );
        const [first, second] = [before, next].map((text) => Number(/\d+/.exec(text)));
        assert.equal(second, first + 1); // the refused note was not added
      });
    });

    it('works with the plain token of zepcli -i, which has no exp and no scope', async () => {
      await use(withToken(plain), async (client) => {
        assert.match(await call(client, 'whoami'), /^[\w-]{11}: $/); // the id of the key
        await refusesByScope(() => client.callTool({ name: 'add_note', arguments: { text: 'x' } }));
      });
    });

    it('two clients at once are told apart', async () => {
      await use(withToken(reader), (first) =>
        use(withToken(writer), async (second) => {
          const names = await Promise.all(
            [first, second, first].map((client) => call(client, 'whoami')),
          );
          assert.deepEqual(
            names.map((name) => name.split(':')[0]),
            ['alice', 'bob', 'alice'],
          );
        }),
      );
    });
  });

  if (client !== undefined) {
    it('the client adds a note, unless its token lacks the scope', async () => {
      const file = await compile(folder, client);
      const add = (token) =>
        run(process.execPath, [file], { env: { ZEP_API_URL: url.href, ZEP_API_KEY: token } });
      assert.match(await add(writer), /note \d+ by bob/);
      await assert.rejects(add(reader), /InsufficientScopeError/);
    });
  }

  describe('a client with static headers', () => {
    // The configuration files of Claude Code and Cursor, with the variable as either of them fills it in.
    const files = { 'claude.mcp.json': /\$\{(\w+)\}/g, 'cursor.mcp.json': /\$\{env:(\w+)\}/g };
    for (const [file, variable] of Object.entries(files)) {
      it(`configured by ${file} gets in`, async () => {
        const text = readFileSync(join(folder, file), 'utf8').replace(variable, (_, name) => {
          assert.equal(name, 'ZEP_API_KEY');
          return reader;
        });
        const { headers } = JSON.parse(text).mcpServers.notes;
        assert.deepEqual(headers, { Authorization: `Bearer ${reader}` });
        await use({ requestInit: { headers } }, async (client) => {
          assert.equal(await call(client, 'whoami'), 'alice: notes:read');
        });
      });
    }
  });

  describe('a token that expires', () => {
    for (const [name, toOptions] of Object.entries({ createAuthFetch: withToken, ...providers })) {
      it(`is refreshed by ${name}, and the call is sent again`, async () => {
        const tokens = [expired, writer];
        let asked = 0;
        const token = async () => tokens[Math.min(asked++, 1)];
        await use(toOptions(token), async (client) => {
          assert.equal(await call(client, 'whoami'), 'bob: notes:read notes:write');
        });
        assert.equal(asked, 2);
      });
    }

    it('is refused without a refresh', async () => {
      await assert.rejects(connect(url, withToken(expired)), (error) => {
        assert.match(String(error), /401|unauthorized|expired/i);
        return true;
      });
    });
  });

  describe('a request without a good token', () => {
    const rpc = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
    const post = (headers) =>
      fetch(url, {
        method: 'POST',
        headers: {
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          ...headers,
        },
        body: JSON.stringify(rpc),
      });

    it('is refused, and told where the metadata are', async () => {
      const missing = await post({});
      const metadata = `resource_metadata="${METADATA_URL}"`;
      assert.equal(missing.status, 401);
      assert.equal(missing.headers.get('www-authenticate'), `Bearer realm="api", ${metadata}`);
      const stranger = await core.signToken(core.generateSecret(), { sub: 'alice' });
      for (const token of [stranger, `${reader}x`, expired]) {
        const refused = await post({ authorization: `Bearer ${token}` });
        assert.equal(refused.status, 401);
        assert.equal(
          refused.headers.get('www-authenticate'),
          `Bearer realm="api", error="invalid_token", ${metadata}`,
        );
        assert.doesNotMatch(await refused.text(), /whoami/);
      }
    });

    it('is refused whatever its method', async () => {
      for (const method of ['GET', 'DELETE', 'PUT', 'OPTIONS']) {
        assert.equal((await fetch(url, { method })).status, 401, method);
      }
    });

    it('reads the metadata of the resource', async () => {
      const response = await fetch(new URL(new URL(METADATA_URL).pathname, url));
      assert.deepEqual(await response.json(), {
        resource: PUBLIC_URL,
        scopes_supported: ['notes:write'],
        bearer_methods_supported: ['header'],
      });
    });
  });

  it('the server prints neither the secret nor a token', () => {
    const output = printed.join('');
    assert.match(output, /listening on/);
    const signatures = [plain, reader, writer, expired].map((token) => token.split('.')[2]);
    for (const text of [secret, ...signatures]) assert.ok(!output.includes(text));
  });
};
