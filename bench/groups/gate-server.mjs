// One proxy in front of an upstream, or that upstream. gate.mjs starts each as a process.
import { createServer } from 'node:http';

const KIB = 1024;
const HELLO = Buffer.from('{"hello":"world"}');
const LARGE = Buffer.alloc(256 * KIB, 'x');
const BLOCK = Buffer.alloc(64 * KIB, 'x');
const REFUSAL = Buffer.from(
  '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The token is not valid."}',
);

/** Long for every server, so that keep-alive limits do not affect the comparison. */
const KEEP_ALIVE_MS = 60_000;

const answer = (response, status, body, type = 'application/json') => {
  response.writeHead(status, { 'content-type': type, 'content-length': body.length });
  response.end(body);
};

const sendBlocks = (response, blocks) => {
  for (let left = blocks; left > 0; left--) {
    if (response.write(BLOCK)) continue;
    response.once('drain', () => sendBlocks(response, left - 1));
    return;
  }
  response.end();
};

const listen = (server) => {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`listening on http://127.0.0.1:${server.address().port}\n`);
  });
};

const startUpstream = async () => {
  const { WebSocketServer } = await import('ws');
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', (socket) => {
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
  });
  listen(
    createServer((request, response) => {
      const [, path, count] = request.url.split('/');
      if (path === 'large') return answer(response, 200, LARGE, 'application/octet-stream');
      if (path === 'blocks') return sendBlocks(response, Number(count));
      let bytes = 0;
      request.on('data', (chunk) => {
        bytes += chunk.length;
      });
      request.on('end', () => {
        if (request.method === 'GET') answer(response, 200, HELLO);
        else answer(response, 200, Buffer.from(`{"bytes":${bytes}}`));
      });
    }).on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened));
    }),
  );
};

/** The lower bound: a server that answers at once. */
const startBare = () =>
  listen(
    createServer((request, response) => {
      if (request.url.startsWith('/_gate/auth')) response.writeHead(204).end();
      else answer(response, 401, REFUSAL, 'application/problem+json');
    }),
  );

const startHttpxy = async (target) => {
  const { createProxyServer } = await import('httpxy');
  const proxy = createProxyServer({ target });
  const server = createServer((request, response) => void proxy.web(request, response));
  listen(server.on('upgrade', (request, socket, head) => void proxy.ws(request, socket, {}, head)));
};

const startHttpProxy3 = async (target) => {
  const { createProxyServer } = await import('http-proxy-3');
  const { Agent } = await import('node:http');
  const agent = new Agent({ keepAlive: true }); // otherwise it opens a connection for each request
  const proxy = createProxyServer({ target, agent });
  const server = createServer((request, response) => proxy.web(request, response));
  listen(server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head)));
};

const startFastify = async (upstream) => {
  const { default: fastify } = await import('fastify');
  const { default: httpProxy } = await import('@fastify/http-proxy');
  const app = fastify({ keepAliveTimeout: KEEP_ALIVE_MS });
  await app.register(httpProxy, { upstream, websocket: true });
  await app.listen({ port: 0, host: '127.0.0.1' });
  process.stdout.write(`listening on http://127.0.0.1:${app.server.address().port}\n`);
};

const servers = {
  upstream: startUpstream,
  bare: startBare,
  httpxy: startHttpxy,
  'http-proxy-3': startHttpProxy3,
  '@fastify/http-proxy': startFastify,
};

const [name, target] = process.argv.slice(2);
await servers[name](target);
