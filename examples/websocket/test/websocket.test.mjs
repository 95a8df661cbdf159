// WebSockets with good and bad tokens: from ws, Node, Chromium and raw sockets.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { WebSocket } from 'ws';
import { launch, start, stopAll } from '../../../conformance/kit/programs.mjs';
import { closeHandshakes, shakeHands } from './handshake.mjs';

for (const name of ['core', 'server', 'sdk-auth']) {
  const isBuilt = existsSync(new URL(`../../../packages/${name}/dist`, import.meta.url));
  assert.ok(isBuilt, 'the packages are not built: run `npx turbo run build` at the root');
}
const { generateSecret, readAuthConfig, signToken } = await import('@zep-auth/core');
const { webSocketProtocols } = await import('@zep-auth/sdk-auth');
const { guardUpgrades } = await import('../guard-upgrades.mjs');

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const isThere = existsSync(executablePath);
if (!isThere && process.env.CI) throw new Error(`there is no Chromium at ${executablePath}`);
const inBrowser = isThere ? {} : { skip: `no Chromium at ${executablePath}: install it` };

const LIMIT = { timeout: 120_000 }; // for a test that hangs
const secret = generateSecret();
const LIFE_SECONDS = 3600;
const good = await signToken(secret, { sub: 'alice' }, { expiresInSeconds: LIFE_SECONDS });
const [header, payload, signature] = good.split('.');
const [, foreign] = (await signToken(secret, { sub: 'root' })).split('.');
const bad = {
  tampered: `${header}.${foreign}.${signature}`,
  resigned: `${header}.${payload}.${signature.slice(1)}${signature[0]}`,
  expired: await signToken(secret, { sub: 'alice', exp: 1_700_000_000 }),
  stranger: await signToken(generateSecret(), { sub: 'alice' }),
};
const parts = [good, ...Object.values(bad)].flatMap((token) => token.split('.'));
const assertSilent = (text) => {
  for (const part of parts) assert.ok(!text.includes(part), 'a token is shown');
};
const offer = (...protocols) => `Sec-WebSocket-Protocol: ${protocols.join(', ')}`;

const opened = [];
let server;
let port;
before(async () => {
  server = createServer((_request, response) => response.end());
  guardUpgrades(server, {
    config: readAuthConfig({ ZEP_AUTH_SECRET: secret }),
    protocols: ['chat'],
    onSocket: (socket, auth) => {
      opened.push(auth);
      socket.on('message', (data) => socket.send(String(data)));
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = server.address().port;
});
beforeEach(() => {
  opened.length = 0;
});
after(async () => {
  server.close();
  closeHandshakes();
  await stopAll();
});

describe('a WebSocket', LIMIT, () => {
  const sockets = [];
  const connectTo = (protocols, options) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, protocols, options);
    sockets.push(socket);
    return socket;
  };
  /** The first message or event. */
  const next = (socket, ...events) =>
    Promise.race(events.map(async (event) => [event, ...(await once(socket, event))]));
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.on('error', () => {}).terminate();
  });

  it('opens with a good token in the subprotocols, and knows its claims', async () => {
    const socket = connectTo(webSocketProtocols(good));
    await once(socket, 'open');
    socket.send('hello');
    const [data] = await once(socket, 'message');
    assert.equal(String(data), 'hello');
    assert.deepEqual(
      opened.map(({ claims, source }) => [claims.sub, source]),
      [['alice', 'subprotocol']],
    );
  });

  it('opens with a good token in the header', async () => {
    const socket = connectTo([], { headers: { authorization: `Bearer ${good}` } });
    await once(socket, 'open');
    assert.deepEqual([socket.protocol, opened[0].source], ['', 'bearer']);
  });

  for (const [offered, selected] of [
    [webSocketProtocols(good), 'bearer'],
    [['chat', ...webSocketProtocols(good)], 'chat'],
    [[...webSocketProtocols(good), 'chat'], 'chat'],
    [['other', ...webSocketProtocols(good)], 'bearer'],
  ]) {
    it(`selects ${selected} from ${offered.length} offered protocols`, async () => {
      const socket = connectTo(offered);
      await once(socket, 'open');
      assert.equal(socket.protocol, selected);
    });
  }

  it('gets a response without the token', async () => {
    const { status, answer } = await shakeHands(port, [offer('bearer', good)]);
    assert.equal(status, 101);
    assertSilent(answer);
  });

  it('is refused with a 401 that the client sees', async () => {
    const socket = connectTo(webSocketProtocols(bad.stranger));
    const [event, , response] = await next(socket, 'unexpected-response', 'open');
    assert.deepEqual([event, response.statusCode], ['unexpected-response', 401]);
    assert.deepEqual(opened, []);
  });

  it('is closed when its token expires', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() });
    const socket = connectTo(webSocketProtocols(good));
    await once(socket, 'open');
    t.mock.timers.tick((LIFE_SECONDS - 60) * 1000);
    socket.send('still here');
    await once(socket, 'message');
    t.mock.timers.tick(60_000);
    socket.send('not here');
    const [event, code, reason] = await next(socket, 'message', 'close');
    assert.deepEqual([event, code, String(reason)], ['close', 1008, 'the token has expired']);
  });

  it('stays open with a token that never expires, or expires in years', async (t) => {
    const timers = t.mock.method(globalThis, 'setTimeout');
    for (const claims of [{}, { exp: 4_000_000_000 }]) {
      const socket = connectTo(webSocketProtocols(await signToken(secret, claims)));
      await once(socket, 'open');
      socket.send('hello');
      await once(socket, 'message');
      assert.equal(socket.readyState, WebSocket.OPEN);
    }
    const delays = timers.mock.calls.map(({ arguments: [, delay] }) => delay);
    assert.ok(Math.max(...delays) < 2 ** 31, 'a timer goes off at once');
  });

  it('opens for every client when authentication is off', async (t) => {
    const anyone = createServer();
    const found = [];
    const config = readAuthConfig({ ZEP_AUTH_REQUIRED: 'false' });
    guardUpgrades(anyone, { config, onSocket: (_socket, auth) => found.push(auth) });
    anyone.listen(0, '127.0.0.1');
    t.after(() => anyone.close());
    await once(anyone, 'listening');
    const { status } = await shakeHands(anyone.address().port, [offer('chat')]);
    assert.deepEqual([status, found], [101, [undefined]]);
  });

  it('is closed after too large a message, and the server keeps running', async () => {
    const socket = connectTo(webSocketProtocols(good));
    await once(socket, 'open');
    socket.send('x'.repeat(64 * 1024 + 1));
    const [event, code] = await next(socket, 'message', 'close');
    assert.deepEqual([event, code], ['close', 1009]);
    assert.equal((await shakeHands(port, [offer('bearer', good)])).status, 101);
  });
});

describe('the handshake', LIMIT, () => {
  it('refuses a bad token before the upgrade', async () => {
    for (const [name, token] of Object.entries(bad)) {
      for (const field of [offer('bearer', token), `Authorization: Bearer ${token}`]) {
        const { status, challenge, answer } = await shakeHands(port, [field]);
        assert.deepEqual(
          [status, challenge],
          [401, 'Bearer realm="api", error="invalid_token"'],
          name,
        );
        assertSilent(answer);
      }
    }
    assert.deepEqual(opened, []);
  });

  it('answers a missing token with a challenge', async () => {
    for (const fields of [[], [offer('chat')], [offer('bearer')], [offer(good)], ['Cookie: a=b']]) {
      const { status, challenge } = await shakeHands(port, fields);
      assert.deepEqual([status, challenge], [401, 'Bearer realm="api"'], String(fields.length));
    }
    assert.deepEqual(opened, []);
  });

  it('refuses two tokens, even if both are good', async () => {
    const authorization = `Authorization: Bearer ${good}`;
    for (const fields of [
      [authorization, authorization],
      [authorization, offer('bearer', good)],
      [offer('bearer', good), offer('bearer', good)],
      [offer('bearer', good, 'bearer', bad.stranger)],
    ]) {
      const { status, challenge } = await shakeHands(port, fields);
      assert.deepEqual([status, challenge], [400, 'Bearer realm="api", error="invalid_request"']);
    }
    assert.deepEqual(opened, []);
  });

  it('upgrades only a GET to a WebSocket, even with a good token', async () => {
    const fields = [offer('bearer', good)];
    assert.equal((await shakeHands(port, fields, { upgrade: 'h2c' })).status, 400);
    assert.equal((await shakeHands(port, fields, { method: 'POST' })).status, 405);
    const preflight = ['Origin: https://app.test', 'Access-Control-Request-Method: GET'];
    assert.equal((await shakeHands(port, preflight, { method: 'OPTIONS' })).status, 401);
    assert.deepEqual(opened, []);
  });

  it('closes the socket without an answer when the check itself fails, and the server keeps running', async (t) => {
    t.mock.method(console, 'error', () => {});
    const now = t.mock.method(Date, 'now', () => {
      throw new Error('broken');
    });
    const { answer } = await shakeHands(port, [offer('bearer', good)]);
    now.mock.restore();
    assert.equal(answer, '');
    assert.equal((await shakeHands(port, [offer('bearer', good)])).status, 101);
    assert.equal(opened.length, 1);
  });

  it('survives a client that disconnects at any time', async () => {
    const head = `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
    for (const field of [offer('bearer', good), offer('bearer', bad.stranger)]) {
      const socket = connect(port, '127.0.0.1');
      await new Promise((resolve) => socket.write(`${head}${field}\r\n\r\n`, resolve));
      socket.resetAndDestroy();
      await once(socket, 'close');
    }
    assert.equal((await shakeHands(port, [offer('bearer', good)])).status, 101);
  });
});

describe('server.mjs and client.mjs', LIMIT, () => {
  const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
  let program;
  let url;
  before(async () => {
    program = await start(process.execPath, [file('server.mjs')], {
      ZEP_AUTH_SECRET: secret,
      PORT: '0',
    });
    url = program.url;
  });

  // Newer versions of Node lack this flag, and use their own WebSocket both times.
  const known = process.allowedNodeEnvironmentFlags;
  for (const [name, flag] of [
    ['ws', '--no-experimental-websocket'],
    ['Node itself', '--experimental-websocket'],
  ]) {
    it(`work together, with the WebSocket of ${name}`, async () => {
      const flags = known.has(flag) ? [flag] : [];
      const env = { ZEP_API_URL: url, NODE_NO_WARNINGS: '1' };
      const run = (token) =>
        launch(process.execPath, [...flags, file('client.mjs')], { ...env, ZEP_API_KEY: token });
      const [accepted, refused] = [run(good), run(bad.stranger)];
      assert.deepEqual([await accepted.ended, accepted.output()], [0, 'alice: hello\n']);
      assert.equal(await refused.ended, 1);
      assert.match(refused.output(), /^it did not open, or broke off: .+\n$/);
      assertSilent(refused.output());
    });
  }

  it('work with a page in Chromium', inBrowser, async (t) => {
    const browser = await chromium.launch({ executablePath });
    t.after(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`); // a page with another origin
    const talk = (protocols) =>
      page.evaluate(
        ([address, offered]) =>
          new Promise((resolve) => {
            const socket = new WebSocket(address, offered);
            socket.onopen = () => socket.send('hello');
            socket.onmessage = ({ data }) => resolve([data, socket.protocol]);
            socket.onclose = ({ code, reason }) => resolve([code, reason]);
          }),
        [url.replace(/^http/, 'ws'), protocols],
      );
    assert.deepEqual(await talk(webSocketProtocols(good)), ['alice: hello', 'bearer']);
    assert.deepEqual(await talk(['chat', ...webSocketProtocols(good)]), ['alice: hello', 'chat']);
    // A page does not see the status.
    assert.deepEqual(await talk(webSocketProtocols(bad.stranger)), [1006, '']);
    assert.deepEqual(await talk(['chat']), [1006, '']);
  });

  it('answer other requests with 426', async () => {
    assert.equal((await fetch(url)).status, 426);
  });

  it('print no token', () => {
    assert.match(program.output(), /listening on/);
    assertSilent(program.output());
    assert.ok(!program.output().includes(secret));
  });

  it('do not start without a secret', async () => {
    const other = launch(process.execPath, [file('server.mjs')], { PORT: '0' });
    assert.equal(await other.ended, 1);
    assert.match(other.output(), /ZEP_AUTH_SECRET is not set/);
  });
});
