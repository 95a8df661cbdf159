// Starts the example's programs and sends raw handshakes. Call stopAll at the end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

const running = [];
export const stopAll = () => Promise.all(running.map((stop) => stop()));

/** Runs a program of the example and collects its `output`; `code` is set when it exits. */
export const run = (file, env, flags = []) => {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const child = spawn(process.execPath, [...flags, path], { env });
  const program = { output: '', ended: once(child, 'close').then(([code]) => code) };
  running.push(() => {
    child.kill('SIGTERM');
    return program.ended;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      program.output += chunk;
      child.emit('said');
    });
  }
  /** Waits for the pattern in the output and returns the match. */
  program.said = async (pattern) => {
    for (;;) {
      const found = pattern.exec(program.output);
      if (found) return found;
      const code = await Promise.race([once(child, 'said').then(() => undefined), program.ended]);
      if (code !== undefined) throw new Error(`it ended with ${code}: ${program.output}`);
    }
  };
  return program;
};

/** Sends a handshake and reads the head of the response, and its body if it is refused. */
export const shakeHands = async (port, fields, { upgrade = 'websocket', method = 'GET' } = {}) => {
  const socket = connect(port, '127.0.0.1');
  running.push(() => socket.destroy());
  const head = [
    `${method} / HTTP/1.1`,
    'Host: api.test',
    'Connection: Upgrade',
    `Upgrade: ${upgrade}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...fields,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
  let answer = '';
  for await (const chunk of socket) {
    answer += chunk.toString('latin1');
    if (/^HTTP\/1\.1 101 .*\r\n\r\n/s.test(answer)) break; // which destroys the socket
  }
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  const [, challenge] = /^www-authenticate: (.*)\r$/im.exec(answer) ?? [];
  return { status, challenge, answer };
};
