// The gate in operation: a rotation under load, a revoked token, guesses. Each wait is for an observable event, not for a
// time.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { secretNamed, tokenOf } from '../kit/tokens.ts';
import { type GateProcess, HAS_PROC, runZepcli, startGateProcess } from './gate-process.ts';
import { HAS_REDIS, type Redis, startRedis } from './redis.ts';
import { ENV, SECRET, tokenFor } from './robustness-tokens.ts';
import { type RobustUpstream, startRobustUpstream } from './robustness-upstream.ts';

interface LoadResult {
  readonly '2xx': number;
  readonly '4xx': number;
  readonly non2xx: number;
  readonly errors: number;
}
interface Load extends PromiseLike<LoadResult> {
  readonly stop: () => void;
}
const autocannon = createRequire(import.meta.url)('autocannon') as (options: object) => Load; // it has no types

/** Long enough for a busy machine. */
const PATIENT = { timeout: 60_000 };
const listOf = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));

let upstream: RobustUpstream;
let folder: string;
const gates: GateProcess[] = [];
beforeAll(async () => {
  upstream = await startRobustUpstream();
  folder = mkdtempSync(join(tmpdir(), 'zep-auth-'));
});
afterEach(async () => {
  for (const gate of gates.splice(0)) {
    expect((await gate.stop()).end).toBe(0);
  }
});
afterAll(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true });
});

const startGate = async (args: readonly string[], env: Record<string, string> = ENV) => {
  const gate = await startGateProcess(upstream.url, env, args);
  gates.push(gate);
  return gate;
};
const sign = (claims: object): string => tokenOf(claims, SECRET);
const urlOf = ({ port }: GateProcess): string => `http://127.0.0.1:${port}/`;
const statusOf = async (gate: GateProcess, token: string, headers = {}): Promise<number> =>
  (await fetch(urlOf(gate), { headers: { authorization: `Bearer ${token}`, ...headers } })).status;

describe('a rotation under load', () => {
  const startLoad = (gate: GateProcess, token: string): Load =>
    autocannon({
      url: urlOf(gate),
      connections: 8,
      duration: 600,
      headers: { authorization: `Bearer ${token}` },
    });

  it('loses no request, and the old tokens are refused after it', async () => {
    const file = join(folder, 'rotated.env');
    writeFileSync(file, `# the gate's\nZEP_AUTH_SECRET=${secretNamed('first')}\n`, { mode: 0o600 });
    const gate = await startGate(['--dotenv', file], {});
    const tokens = [tokenFor('first', secretNamed('first'))];
    const loads = tokens.map((token) => startLoad(gate, token));
    for (const times of [1, 2]) {
      expect((await runZepcli(['rotate', '--dotenv', file])).code).toBe(0);
      gate.hangUp();
      await gate.said(new RegExp(`(configuration reloaded[\\s\\S]*){${times}}`));
      const { code, stdout } = await runZepcli([
        ...['token', '--dotenv', file, '--expires-in', '1h'],
      ]);
      expect(code).toBe(0);
      tokens.push(stdout.trim());
      loads.push(startLoad(gate, stdout.trim()));
      const before = upstream.requests.length;
      await vi.waitFor(
        () => expect(upstream.requests.length - before).toBeGreaterThan(3000),
        PATIENT,
      );
    }
    for (const load of loads) load.stop();
    for (const result of await Promise.all(loads)) {
      expect(result['2xx']).toBeGreaterThan(500);
      expect({ non2xx: result.non2xx, errors: result.errors }).toEqual({ non2xx: 0, errors: 0 });
    }
    expect((await runZepcli(['rotate', '--dotenv', file, '--finish'])).code).toBe(0);
    gate.hangUp();
    await gate.said(/(configuration reloaded[\s\S]*){3}/);
    for (const [i, token] of tokens.entries()) {
      const statuses = await Promise.all(listOf(100, () => statusOf(gate, token)));
      expect(new Set(statuses)).toEqual(new Set([i === 2 ? 200 : 401]));
    }
  });
});

describe.skipIf(!HAS_REDIS)('a token revoked in Redis', () => {
  let redis: Redis;
  let env: Record<string, string>;
  beforeAll(async () => {
    redis = await startRedis();
    env = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_STORE_URL: redis.url };
  });
  afterAll(() => redis.stop());

  it('is refused by every gate once its cached answer has ended', async () => {
    const one = await startGate(['--revocations'], env);
    const other = await startGate(['--revocations'], env);
    const [lost, good] = [sign({ jti: 'lost' }), sign({ jti: 'good' })];
    for (const gate of [one, other]) {
      for (const token of [lost, good]) expect(await statusOf(gate, token)).toBe(200);
    }
    expect(await runZepcli(['revoke'], { env, input: lost })).toMatchObject({ code: 0 });
    for (const gate of [one, other]) {
      await vi.waitFor(async () => expect(await statusOf(gate, lost)).toBe(401), PATIENT);
      expect(await statusOf(gate, good)).toBe(200);
    }
    expect(await runZepcli(['revoke', '--undo'], { env, input: lost })).toMatchObject({ code: 0 });
    await vi.waitFor(async () => expect(await statusOf(one, lost)).toBe(200), PATIENT);
  });

  it('stays refused while Redis is killed and restarted under load', async () => {
    const gate = await startGate(['--revocations', '--log', 'json'], env);
    const ids = listOf(20, (i) => `lost-${i}`);
    const revoked = ids.map((jti) => sign({ jti }));
    for (const jti of ids) {
      expect(await runZepcli(['revoke', '--jti', jti], { env })).toMatchObject({ code: 0 });
    }
    const counts = new Map<string, number>();
    let isOver = false;
    let made = 0;
    const work = async (): Promise<void> => {
      while (!isOver) {
        const i = made++;
        const isRevoked = i % 2 === 0;
        // A new good token each time, so that the store is asked.
        const token = isRevoked ? (revoked[(i / 2) % 20] ?? '') : sign({ n: i });
        const what = `${isRevoked ? 'revoked' : 'good'} ${await statusOf(gate, token)}`;
        counts.set(what, (counts.get(what) ?? 0) + 1);
      }
    };
    const workers = listOf(8, work);
    const until = async (what: string): Promise<void> => {
      const before = counts.get(what) ?? 0;
      await vi.waitFor(() => expect(counts.get(what) ?? 0).toBeGreaterThan(before + 100), PATIENT);
    };
    await until('good 200');
    await redis.kill();
    await until('good 503');
    await redis.restart();
    await until('good 200');
    await until('revoked 401');
    isOver = true;
    await Promise.all(workers);
    // No revoked token was accepted, and no good one was refused for another reason.
    const allowed = new Set(['good 200', 'good 503', 'revoked 401', 'revoked 503']);
    expect([...counts.keys()].filter((what) => !allowed.has(what))).toEqual([]);
    expect(gate.stderr()).toMatch(/the revocation store \S+ does not answer/);
    expect(gate.stderr()).toMatch(/the revocation store \S+ answers again/);
    expect(gate.stderr()).not.toContain(redis.url);
  });
});

describe('100,000 guesses from one address', () => {
  const GUESSES = 100_000;
  const LIMIT = 20;

  it('are refused, nearly all without verification, and slow down no other client', async () => {
    const args = [
      '--throttle',
      `${LIMIT}/1d`,
      '--metrics-port',
      '0',
      '--trusted-proxy',
      '127.0.0.1',
    ];
    const gate = await startGate(args);
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const seen = tokenFor('seen before');
    expect(await statusOf(gate, seen, from('192.0.2.1'))).toBe(200);
    const forged = listOf(500, (i) => tokenFor(`${i}`, secretNamed('another')));
    const guess = (amount: number): Load =>
      autocannon({
        url: urlOf(gate),
        connections: 16,
        pipelining: 8,
        amount,
        requests: forged.map((token) => ({
          headers: { authorization: `Bearer ${token}`, ...from('192.0.2.1') },
        })),
      });
    await guess(GUESSES / 5); // until the runtime's memory has settled
    const before = HAS_PROC ? gate.memory().nowMiB : 0;
    const load = guess(GUESSES);
    let others = 0;
    let isOver = false;
    const otherwise = (async () => {
      while (!isOver) {
        expect(await statusOf(gate, tokenFor(`new ${others++}`), from('192.0.2.2'))).toBe(200);
        expect(await statusOf(gate, seen, from('192.0.2.1'))).toBe(200);
      }
    })();
    const result = await load;
    isOver = true;
    await otherwise;
    expect(others).toBeGreaterThan(1);
    expect(result).toMatchObject({ '2xx': 0, errors: 0 });
    const [metricsUrl = ''] = /http:\S+\/metrics/.exec(gate.stderr()) ?? [];
    const metrics = await (await fetch(metricsUrl)).text();
    const refused = (code: string): number =>
      Number(new RegExp(`outcome="refused",code="${code}"} (\\d+)`).exec(metrics)?.[1]);
    expect(refused('ERR_TOKEN_SIGNATURE')).toBe(LIMIT);
    // Requests still in the pipelines at the last counted answer may not have been read.
    expect(refused('ERR_TOO_MANY_FAILURES')).toBeGreaterThan(0.99 * GUESSES);
    if (HAS_PROC) expect(gate.memory().nowMiB - before).toBeLessThan(80);
  });
});
