// `zepcli rotate --status`: which keys clients use, by the metrics of running gates.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { runCli } from './fake-io.ts';
import { secretNamed, tokenOf } from './made-tokens.ts';
import { type Serving, startServe } from './serving.ts';

const [OLD, NEW] = [secretNamed('old'), secretNamed('new')] as const;
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const serve = async (env: Record<string, string>): Promise<[Serving, string]> => {
  const gate = await startServe(['--demo', '--metrics-port', '0'], { env });
  stops.push(gate.stop);
  return [gate, /127\.0\.0\.1:(\d+)\/metrics/.exec(gate.stderr())?.[1] ?? ''];
};
const ask = ({ url }: Serving, secret: string) =>
  fetch(url, { headers: { authorization: `Bearer ${tokenOf({}, secret)}` } });
const status = (...more: string[]) => runCli(['rotate', '--status', ...more]);

it('adds up what gates have accepted, by key', async () => {
  const [rotated, first] = await serve({ ZEP_AUTH_SECRET: NEW, ZEP_AUTH_SECRET_PREVIOUS: OLD });
  const [behind, second] = await serve({ ZEP_AUTH_SECRET: OLD });
  await ask(rotated, OLD);
  await ask(behind, OLD);
  const ports = ['--metrics-port', first, '--metrics-port', second];
  const { code, stdout, stderr } = await status(...ports);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^[\w-]{11} {2}current {3}0 accepted, last never\n[\w-]{11} {2}current {3}2 accepted, last \d{4}-\S+Z\n$/,
  );
  const alone = await status('--metrics-port', first, '--json');
  expect(JSON.parse(alone.stdout)).toEqual({
    ok: true,
    keys: [
      { keyId: expect.any(String), role: 'current', accepted: 0 },
      {
        keyId: expect.any(String),
        role: 'previous',
        accepted: 1,
        lastUsed: expect.closeTo(Date.now() / 1000, -2),
      },
    ],
  });
});

it('says how, without a port', async () => {
  const { code, stderr } = await status();
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: --status needs --metrics-port.*\nhint: elsewhere ask Prometheus/);
});

it('fails where there is no gate', async () => {
  const listen = async (): Promise<[Server, string]> => {
    const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return [server, String((server.address() as AddressInfo).port)]; // bound, and not to a pipe
  };
  const [other, port] = await listen();
  stops.push(async () => other.close());
  const [closed, free] = await listen();
  await new Promise((resolve) => closed.close(resolve));
  for (const [at, message] of [
    [port, /does not have the metrics of a gate/],
    [free, /\/metrics does not answer: connection refused/],
  ] as const) {
    const { code, stdout, stderr } = await status('--metrics-port', at);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(message);
  }
  expect((await status('--metrics-port', 'x')).code).toBe(2);
});

it('names a port that no browser and no fetch would ask', async () => {
  const { code, stderr } = await status('--metrics-port', '1');
  expect(code).toBe(3);
  expect(stderr).toMatch(/\/metrics does not answer: bad port\nhint: start the gate/);
});

it('takes no file, since it would not read it', async () => {
  const { code, stderr } = await status('--metrics-port', '9464', '--dotenv', '.env');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: --status reads no file\nhint: zepcli rotate --status/);
});
