// The share of its throughput that an app keeps behind a guard: HTTP over loopback, one core for the server.
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import {
  createClaims,
  NO_MIDDLEWARE,
  OURS,
  OURS_RETURNING,
  otherSecret,
  secret,
  signNow,
} from '../contestants.mjs';
import { summarize, takeTurns } from '../measure.mjs';
import { pinLoad, startScript } from '../processes.mjs';
import { APPS } from './http-server.mjs';

const SERVER = fileURLToPath(new URL('http-server.mjs', import.meta.url));
const CONNECTIONS = 32;

export const tables = {
  throughput: {
    title: `Requests a second over HTTP, ${CONNECTIONS} connections, one token`,
    base: NO_MIDDLEWARE,
    bases: APPS,
  },
  capacity: {
    title: 'Requests for one second of the server’s processor time, in the same rounds',
    base: NO_MIDDLEWARE,
    bases: APPS,
  },
  refused: {
    title: 'Processor time of a Hono app to refuse a request, over a socket',
    base: OURS_RETURNING,
  },
};

const start = async (name) => {
  const server = await startScript(SERVER, { args: [name], env: { BENCH_SECRET: secret } });
  return { ...server, name, url: `http://127.0.0.1:${server.port}/hello` };
};

export const run = async ({ quick }) => {
  const good = `Bearer ${signNow(createClaims(0))}`;
  const bad = `Bearer ${signNow(createClaims(0), { key: otherSecret })}`;
  const isLoadPinned = pinLoad();
  const servers = [];
  const returning = await start(OURS_RETURNING);
  for (const name of Object.keys(APPS)) servers.push(await start(name));
  const busy = Object.fromEntries(servers.map(({ name }) => [name, []]));
  const capacity = Object.fromEntries(servers.map(({ name }) => [name, []]));

  const load = async ({ name, url, usage }, duration, authorization = good) => {
    const before = await usage();
    const startMs = performance.now();
    const headers = { authorization };
    const result = await autocannon({ url, headers, connections: CONNECTIONS, duration });
    const elapsedMs = performance.now() - startMs;
    const cpuMs = (await usage()).cpuMs - before.cpuMs;
    const expected = authorization === good ? result['2xx'] : result['4xx'];
    const failed = result.requests.total - expected + result.errors + result.timeouts;
    if (failed > 0) throw new Error(`${name}: ${failed} requests failed`);
    return { total: result.requests.total, elapsedMs, cpuMs };
  };

  const turn = async (server) => {
    const { total, elapsedMs, cpuMs } = await load(server, quick ? 0.6 : 3);
    busy[server.name].push(cpuMs / elapsedMs);
    capacity[server.name].push((total * 1000) / cpuMs);
    return (total * 1000) / elapsedMs;
  };

  const timeRefusals = async () => {
    const guarded = [returning, ...servers.filter(({ name }) => [OURS, 'hono/jwt'].includes(name))];
    for (const server of guarded) await load(server, quick ? 0.3 : 3, bad);
    const refuse = async (server) => {
      const { total, cpuMs } = await load(server, quick ? 0.6 : 3, bad);
      return cpuMs / total;
    };
    return takeTurns(
      guarded.map((server) => ({ name: server.name, turn: () => refuse(server) })),
      { rounds: quick ? 1 : 9 },
    );
  };

  try {
    for (const server of servers) await load(server, quick ? 0.3 : 3);
    const entries = servers.map((server) => ({ name: server.name, turn: () => turn(server) }));
    const throughput = await takeTurns(entries, { rounds: quick ? 1 : 9 });
    const summarizeAll = (lists) =>
      Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, summarize(list)]));
    return {
      refused: await timeRefusals(),
      throughput,
      capacity: summarizeAll(capacity),
      busy: summarizeAll(busy),
      isPinned: isLoadPinned && servers.every(({ isPinned }) => isPinned),
    };
  } finally {
    for (const { stop } of [returning, ...servers]) stop();
  }
};
