// What is open through the gate: WebSockets and streams, while it is reloaded, and when it stops.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startUpstream, type Upstream } from '@zep-auth/test-kit/upstream';
import { acceptWebSocket, echo } from '@zep-auth/test-kit/websocket';
import { WebSocket } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../fake-io.ts';
import { secretNamed, tokenOf } from '../made-tokens.ts';
import { type Serving, startServe } from '../serving.ts';

const [OLD, NEW] = [secretNamed('old'), secretNamed('new')] as const;

let folder: string;
let upstream: Upstream;
let serving: Serving | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
  upstream = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  });
  upstream.handleUpgrade((request, socket, head) => {
    acceptWebSocket(request, socket);
    echo(socket, head);
  });
});
afterEach(async () => {
  await serving?.stop();
  await upstream.close();
  rmSync(folder, { recursive: true });
});

const authorize = (secret: string) => ({
  authorization: `Bearer ${tokenOf({ jti: 'one', secret: secret === OLD ? 'old' : 'new' }, secret)}`,
});

const open = async ({ port }: Serving, secret: string) => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: authorize(secret) });
  const code = new Promise<number>((resolve) => {
    socket.addEventListener('close', (event) => resolve(event.code));
  });
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  const echoed = new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => resolve(data), { once: true });
  });
  socket.send('hello');
  expect(await echoed).toBe('hello');
  return { socket, code };
};

describe('a reload that drops a secret', () => {
  it('ends what was opened with it, says so, and leaves the rest alone until the gate stops', async () => {
    const file = join(folder, '.env');
    writeFileSync(file, `ZEP_AUTH_SECRET=${NEW}\nZEP_AUTH_SECRET_PREVIOUS=${OLD}\n`);
    const gate = await startServe([
      ...['--upstream', upstream.url, '--dotenv', file, '--recheck', '1s'],
    ]);
    serving = gate;
    const [old, kept] = [await open(gate, OLD), await open(gate, NEW)];
    const events = await fetch(`${gate.url}/events`, { headers: authorize(OLD) });
    writeFileSync(file, `ZEP_AUTH_SECRET=${NEW}\n`);
    gate.hangUp();
    expect(await old.code).toBe(1008);
    await expect(events.text()).rejects.toThrow('terminated');
    await gate.said(/configuration reloaded/);
    const ended = gate.messages().filter((line) => line.startsWith('ended'));
    expect(ended.map((line) => line.replace(/client.*/, '')).sort()).toEqual([
      'ended GET /events: ERR_TOKEN_SIGNATURE status=200 ',
      'ended GET /ws: ERR_TOKEN_SIGNATURE status=101 ',
    ]);
    expect(kept.socket.readyState).toBe(WebSocket.OPEN);
    gate.abort();
    expect(await kept.code).toBe(1001);
    expect(await gate.ended).toBe(0);
  });
});

describe('--recheck', () => {
  it.each(['10', '-1s', '2d', 'often', ''])('%j is refused', async (value) => {
    const { code, stderr } = await runCli(['serve', '--check', '--recheck', value], {
      env: { ZEP_AUTH_SECRET: NEW },
    });
    expect(code).toBe(2);
    expect(stderr).toContain('--recheck');
  });

  it.each(['0', '10s', '1d'])('%s is taken', async (value) => {
    const { code } = await runCli(['serve', '--check', '--demo', '--recheck', value], {
      env: { ZEP_AUTH_SECRET: NEW },
    });
    expect(code).toBe(0);
  });
});
