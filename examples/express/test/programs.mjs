// Starts the example's server and sends raw requests. Call stopAll at the end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

/** The output of all programs. */
export const printed = [];

const running = new Set();
export const stopAll = () => Promise.all([...running].map((stop) => stop()));

/** Starts a server and waits for the line with its port. */
export const start = async (file, env) => {
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  running.add(async () => {
    child.kill('SIGTERM');
    await closed;
  });
  let output = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        printed.push(String(chunk));
        output += chunk;
        const [, port] = /^listening on .*?(\d+)\n/m.exec(output) ?? [];
        if (port !== undefined) resolve(Number(port));
      });
    }
    closed.then(([code]) => reject(new Error(`it ended with ${code}: ${output}`)));
  });
};

/** Sends a raw request, and reads until the server closes the connection. */
export const exchange = async (port, line, ...fields) => {
  const socket = connect(port, '127.0.0.1');
  const head = [`${line} HTTP/1.1`, 'Host: api.test', 'Connection: close', ...fields];
  socket.write(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
  let answer = '';
  for await (const chunk of socket) answer += chunk.toString('latin1');
  const [lines = ''] = answer.split('\r\n\r\n');
  const [, challenge] = /^www-authenticate: (.*)$/im.exec(lines) ?? [];
  const [, type] = /^content-type: (.*)$/im.exec(lines) ?? [];
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  return { status, challenge, type, body: answer.slice(lines.length + 4) };
};
