// The share of its throughput that an app keeps behind a guard: HTTP over loopback, one core for the server.
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { createClaims, NO_MIDDLEWARE, secret, signNow } from '../contestants.mjs';
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
};

const start = async (name) => {
  const server = await startScript(SERVER, { args: [name], env: { BENCH_SECRET: secret } });
  return { ...server, name, url: `http://127.0.0.1:${server.port}/hello` };
};

export const run = async ({ quick }) => {
  const headers = { authorization: `Bearer ${signNow(createClaims(0))}` };
  const isLoadPinned = pinLoad();
  const servers = [];
  for (const name of Object.keys(APPS)) servers.push(await start(name));
  const busy = Object.fromEntries(servers.map(({ name }) => [name, []]));
  const capacity = Object.fromEntries(servers.map(({ name }) => [name, []]));

  const load = async ({ name, url, usage }, duration) => {
    const before = await usage();
    const startMs = performance.now();
    const result = await autocannon({ url, headers, connections: CONNECTIONS, duration });
    const elapsedMs = performance.now() - startMs;
    const cpuMs = (await usage()).cpuMs - before.cpuMs;
    const failed = result.non2xx + result.errors + result.timeouts;
    if (failed > 0) throw new Error(`${name}: ${failed} requests failed`);
    return { total: result.requests.total, elapsedMs, cpuMs };
  };

  const turn = async (server) => {
    const { total, elapsedMs, cpuMs } = await load(server, quick ? 0.6 : 3);
    busy[server.name].push(cpuMs / elapsedMs);
    capacity[server.name].push((total * 1000) / cpuMs);
    return (total * 1000) / elapsedMs;
  };

  try {
    for (const server of servers) await load(server, quick ? 0.3 : 3);
    const entries = servers.map((server) => ({ name: server.name, turn: () => turn(server) }));
    const throughput = await takeTurns(entries, { rounds: quick ? 1 : 9 });
    const summarizeAll = (lists) =>
      Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, summarize(list)]));
    return {
      throughput,
      capacity: summarizeAll(capacity),
      busy: summarizeAll(busy),
      isPinned: isLoadPinned && servers.every(({ isPinned }) => isPinned),
    };
  } finally {
    for (const { stop } of servers) stop();
  }
};
