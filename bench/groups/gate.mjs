// The cost of a request through the gate, next to proxies that check nothing and a bare server.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { WebSocket } from 'ws';
import { createClaims, otherSecret, secret, signNow } from '../contestants.mjs';
import { summarize, takeTurns } from '../measure.mjs';
import { pinLoad, startProgram, startScript } from '../processes.mjs';

const inHere = (path) => fileURLToPath(new URL(path, import.meta.url));
const SERVER = inHere('gate-server.mjs');
const ZEPCLI = inHere('../../packages/cli/zepcli.cjs');

const CONNECTIONS = 32;
/** Well below the capacity of the slowest proxy, so that no queue is measured. */
const PACED = { connections: 8, requestsPerSecond: 400 };
const MIB = 2 ** 20;
const STREAM_MIB = 100;
const BLOCKS_PER_MIB = 16;
const MANY_REQUESTS = 100_000;
const WATCH_MS = 10;
const SOCKETS = 16;
const MESSAGE = 'x'.repeat(1024);

/** The single-file zepcli, where `npm run binaries` has made it. */
const BINARY = inHere(
  `../../packages/cli/.generated/binaries/zepcli-${process.platform}-${process.arch}`,
);

export const GATE = 'zepcli serve';
export const GATE_BINARY = 'zepcli serve, the single file (Bun)';
export const HTTPXY = 'httpxy';
export const NGINX = 'nginx';
export const BARE = 'node:http, answers itself';
export const FRESH = 'at first';
export const AFTER_MANY = `after ${MANY_REQUESTS} requests`;
export const UPLOADING = `most during ${STREAM_MIB} MB up`;
export const DOWNLOADING = `most during ${STREAM_MIB} MB down`;

export const everyNode = true;
export const tables = {
  get: { title: 'Processor time of the proxy for one GET', base: HTTPXY },
  post: { title: 'The same for a POST of 1 KB', base: HTTPXY },
  large: { title: 'The same for an answer of 256 KB', base: HTTPXY },
  upload: { title: `Processor time for ${STREAM_MIB} MB up`, base: HTTPXY },
  download: { title: `Processor time for ${STREAM_MIB} MB down`, base: HTTPXY },
  socket: { title: 'Processor time for a WebSocket message of 1 KB and its echo', base: HTTPXY },
  getP99: { title: '99th percentile of the time to answer a GET, 400 a second', base: HTTPXY },
  postP99: { title: 'The same for a POST of 1 KB', base: HTTPXY },
  largeP99: { title: 'The same for an answer of 256 KB', base: HTTPXY },
  refused: { title: 'Processor time to refuse a request', base: BARE },
  subrequest: { title: 'Processor time to answer an auth subrequest', base: BARE },
  memory: { title: 'Memory of the gate', base: FRESH },
};

const bearer = (token) => ({ authorization: `Bearer ${token}` });
const good = bearer(signNow(createClaims(0)));
const bad = bearer(signNow(createClaims(0), { key: otherSecret }));
const like = { accept: 'application/json', 'accept-encoding': 'gzip, br', 'user-agent': 'bench' };

const GET = { method: 'GET', path: '/hello', headers: { ...like, ...good } };
const POST = {
  method: 'POST',
  path: '/things',
  headers: { ...like, ...good, 'content-type': 'text/plain' },
  body: 'x'.repeat(1024),
};
const LARGE = { method: 'GET', path: '/large', headers: { ...like, ...good } };
const REFUSED = { method: 'GET', path: '/hello', headers: { ...like, ...bad } };
const SUBREQUEST = { method: 'GET', path: '/_gate/auth', headers: { ...like, ...good } };

const findPort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
};

/** nginx as one process with keep-alive to its upstream. */
const startNginx = async (upstreamPort) => {
  const port = await findPort();
  const folder = mkdtempSync(join(tmpdir(), 'bench-nginx-'));
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream api { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location /socket {
      proxy_pass http://api; proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
    }
    location / {
      proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_request_buffering off; client_max_body_size 0; proxy_max_temp_file_size 0;
    }
  }
}
`,
  );
  const started = await startProgram('nginx', ['-c', file, '-p', folder], port);
  const stop = () => {
    started?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  if (started === undefined) stop();
  return started && { ...started, stop };
};

const startBinary = async (url) => {
  const port = await findPort();
  const args = ['serve', '--port', String(port), '--upstream', url];
  return startProgram(BINARY, args, port, { ZEP_AUTH_SECRET: secret });
};

const startAll = async () => {
  const upstream = await startScript(SERVER, { args: ['upstream'], isLoad: true });
  const url = `http://127.0.0.1:${upstream.port}`;
  const proxies = {
    [GATE]: () =>
      startScript(ZEPCLI, {
        args: ['serve', '--port', '0', '--upstream', url],
        env: { ZEP_AUTH_SECRET: secret },
      }),
    [GATE_BINARY]: () => startBinary(url),
    [HTTPXY]: () => startScript(SERVER, { args: ['httpxy', url] }),
    'http-proxy-3': () => startScript(SERVER, { args: ['http-proxy-3', url] }),
    '@fastify/http-proxy': () => startScript(SERVER, { args: ['@fastify/http-proxy', url] }),
    [NGINX]: () => startNginx(upstream.port),
    [BARE]: () => startScript(SERVER, { args: ['bare'] }),
  };
  const servers = {};
  for (const [name, start] of Object.entries(proxies)) {
    const server = await start();
    if (server) servers[name] = server;
  }
  return { upstream, servers };
};

/** Repeats a request and checks the answers. */
const load = async ({ port }, { path, ...message }, options) => {
  const result = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    ...message,
    ...options,
  });
  const isRefused = message.headers.authorization === bad.authorization;
  const refused = result['4xx'];
  const expected = isRefused ? refused : result['2xx'];
  const failed = result.errors + result.timeouts + result.non2xx + result['2xx'] - expected;
  if (failed > (isRefused ? refused : 0)) throw new Error(`${failed} of the answers were wrong`);
  return result;
};

/** Streams a large body through a proxy in one direction. */
const stream = async ({ port }, isUpload) => {
  const asked = request({
    host: '127.0.0.1',
    port,
    agent: false,
    method: isUpload ? 'PUT' : 'GET',
    path: isUpload ? '/upload' : `/blocks/${STREAM_MIB * BLOCKS_PER_MIB}`,
    headers: good,
  });
  const answered = once(asked, 'response');
  if (isUpload) {
    const block = Buffer.alloc(MIB / BLOCKS_PER_MIB, 'x');
    for (let i = 0; i < STREAM_MIB * BLOCKS_PER_MIB; i++) {
      if (!asked.write(block)) await once(asked, 'drain');
    }
  }
  asked.end();
  const [response] = await answered;
  let bytes = 0;
  for await (const chunk of response) bytes += chunk.length;
  const isWhole = isUpload || bytes === STREAM_MIB * MIB;
  if (response.statusCode !== 200 || !isWhole) throw new Error(`status ${response.statusCode}`);
};

/** Sends messages over several WebSockets, each one after the echo of the last. */
const echo = async ({ port }, amount) => {
  const sockets = await Promise.all(
    Array.from({ length: SOCKETS }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers: good });
      await once(socket, 'open');
      return socket;
    }),
  );
  const exchange = async (socket) => {
    for (let left = amount / SOCKETS; left > 0; left--) {
      const echoed = once(socket, 'message');
      socket.send(MESSAGE);
      const [message] = await echoed;
      if (message.length !== MESSAGE.length) throw new Error('the echo was wrong');
    }
    socket.close();
    await once(socket, 'close');
  };
  await Promise.all(sockets.map(exchange));
};

/** The peak memory of a server during an action. */
const watchMemory = async ({ usage }, action) => {
  let [isOver, most] = [false, 0];
  const watch = async () => {
    while (!isOver) {
      most = Math.max(most, (await usage()).rssBytes);
      await sleep(WATCH_MS);
    }
  };
  const watched = watch();
  await action();
  isOver = true;
  await watched;
  return most;
};

const pick = (servers, names) =>
  Object.fromEntries(Object.entries(servers).filter(([name]) => names.includes(name)));

export const run = async ({ quick, budgetsOnly = false }) => {
  const isLoadPinned = pinLoad();
  const { upstream, servers } = await startAll();
  const { [BARE]: bare, ...all } = servers;
  const proxies = budgetsOnly ? pick(all, [GATE, HTTPXY, NGINX]) : all;
  const gate = servers[GATE];
  const rounds = quick ? 1 : 5;

  /** The processor time of one request in microseconds, by turns. */
  const timeRequests = async (contestants, message) => {
    const turn = async (server, duration) => {
      const before = await server.usage();
      const { requests } = await load(server, message, { connections: CONNECTIONS, duration });
      const after = await server.usage();
      return ((after.cpuMs - before.cpuMs) * 1000) / requests.total;
    };
    const entries = Object.entries(contestants).map(([name, server]) => ({
      name,
      turn: () => turn(server, quick || budgetsOnly ? 1 : 2),
    }));
    for (const { turn: warmUp } of entries) await warmUp();
    return takeTurns(entries, { rounds });
  };

  const timeEcho = async () => {
    const amount = quick ? 1600 : 16_000;
    const turn = async (server) => {
      const before = await server.usage();
      await echo(server, amount);
      return (((await server.usage()).cpuMs - before.cpuMs) * 1000) / amount;
    };
    const entries = Object.entries(proxies).map(([name, server]) => ({
      name,
      turn: () => turn(server),
    }));
    for (const { turn: warmUp } of entries) await warmUp();
    return takeTurns(entries, { rounds });
  };

  const timeWaiting = (message) =>
    takeTurns(
      Object.entries(proxies).map(([name, server]) => ({
        name,
        turn: async () => {
          const { connections, requestsPerSecond: overallRate } = PACED;
          const duration = quick ? 1 : 2;
          const { latency } = await load(server, message, { connections, overallRate, duration });
          return latency.p99;
        },
      })),
      { rounds: quick ? 1 : 3 },
    );

  const timeStream = (isUpload) =>
    takeTurns(
      Object.entries(proxies).map(([name, server]) => ({
        name,
        turn: async () => {
          const before = await server.usage();
          await stream(server, isUpload);
          return (await server.usage()).cpuMs - before.cpuMs;
        },
      })),
      { rounds: quick ? 1 : 5 },
    );

  const measureMemory = async () => {
    const amount = quick ? MANY_REQUESTS / 100 : MANY_REQUESTS;
    const send = (message) => load(gate, message, { connections: CONNECTIONS, amount });
    await send(GET);
    const fresh = (await gate.usage()).rssBytes;
    await send(POST);
    const afterMany = (await gate.usage()).rssBytes;
    return {
      [FRESH]: summarize([fresh]),
      [AFTER_MANY]: summarize([afterMany]),
      [UPLOADING]: summarize([await watchMemory(gate, () => stream(gate, true))]),
      [DOWNLOADING]: summarize([await watchMemory(gate, () => stream(gate, false))]),
    };
  };

  try {
    const checking = { [GATE]: gate, [BARE]: bare };
    return {
      get: await timeRequests(proxies, GET),
      post: await timeRequests(proxies, POST),
      large: await timeRequests(proxies, LARGE),
      refused: await timeRequests(checking, REFUSED),
      subrequest: await timeRequests(checking, SUBREQUEST),
      ...(!budgetsOnly && {
        socket: await timeEcho(),
        getP99: await timeWaiting(GET),
        postP99: await timeWaiting(POST),
        largeP99: await timeWaiting(LARGE),
        memory: await measureMemory(),
      }),
      upload: await timeStream(true),
      download: await timeStream(false),
      isPinned: isLoadPinned && Object.values(servers).every(({ isPinned }) => isPinned),
    };
  } finally {
    for (const { stop } of [...Object.values(servers), upstream]) stop();
  }
};
