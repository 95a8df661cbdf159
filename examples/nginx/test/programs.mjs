// Programs, a recording API, a free port and raw requests for the test. Call stopAll at the end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { connect } from 'node:net';

/** The output of all programs. */
export const printed = [];

const running = new Set();
export const stopAll = () => Promise.all([...running].map((stop) => stop()));

/** Starts a program and waits for a line. */
export const start = async (command, args, pattern, env = process.env) => {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await closed;
    running.delete(stop);
  };
  running.add(stop);
  let output = '';
  const match = await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        printed.push(String(chunk));
        output += chunk;
        const found = pattern.exec(output);
        if (found !== null) resolve(found);
      });
    }
    child.once('error', reject);
    closed.then(([code]) => reject(new Error(`${command} ended with ${code}: ${output}`)));
  });
  return { match, stop };
};

/** Listens on a free port of this machine. */
const listen = async (server) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections?.();
    server.close();
    await once(server, 'close');
    running.delete(stop);
  };
  running.add(stop);
  return { port: server.address().port, stop };
};

/** Starts a server that records each request, and answers with `handle`, which gets the body. */
export const record = async (handle) => {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    const body = Buffer.concat(chunks);
    requests.push({ method, url, headers, body: body.toString() });
    handle(request, response);
  });
  return { requests, ...(await listen(server)) };
};

/** Forwards a request to a port. */
export const handTo = (port) => (request, response) => {
  const { method, url: path, headers } = request;
  const onward = send({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(response);
  });
  onward.once('error', () => response.destroy());
  onward.end();
};

/** A port that was free a moment ago. */
export const findPort = async () => {
  const { port, stop } = await listen(createServer());
  await stop();
  return port;
};

/** Sends a raw request, and reads until the connection closes. */
export const exchange = async (port, head, body = '') => {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `${head.join('\r\n')}\r\nHost: api.test\r\nConnection: close\r\n\r\n${body}`,
    'latin1',
  );
  let answer = '';
  for await (const chunk of socket) answer += chunk.toString('latin1');
  const [lines = ''] = answer.split('\r\n\r\n');
  const challenges = lines.split('\r\n').filter((line) => /^www-authenticate:/i.test(line));
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]),
    challenges: challenges.map((line) => line.replace(/^[^:]+: /, '')),
    body: answer.slice(lines.length + 4),
  };
};
