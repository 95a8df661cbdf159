// Starts `zepcli serve` and servers on loopback. Call stopAll at the end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const zepcli = fileURLToPath(new URL('../../../packages/cli/zepcli.js', import.meta.url));
const running = [];
export const stopAll = () => Promise.all(running.map((stop) => stop()));

/** The output of all gates. */
export const printed = [];

/** Starts a gate and waits for the line with its address. */
export const startGate = async (secret, ...args) => {
  const env = { ZEP_AUTH_SECRET: secret };
  const child = spawn(process.execPath, [zepcli, 'serve', '--port', '0', ...args], { env });
  const closed = once(child, 'close');
  running.push(() => {
    child.kill('SIGTERM');
    return closed;
  });
  let output = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        printed.push(String(chunk));
        output += chunk;
        const [, url] = /^listening on (http:\S+)\n/m.exec(output) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
    closed.then(([code]) => reject(new Error(`the gate ended with ${code}: ${output}`)));
  });
};

/** Listens on a free port and records the requests. */
export const listen = async (server) => {
  const requests = [];
  server.on('request', ({ method, url, headers }) => requests.push({ method, url, headers }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, requests };
};
