// Starts programs and sends raw requests. Call stopAll at the end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';

/** The output of all programs. */
export const printed = [];

const running = new Set();
export const stopAll = () => Promise.all([...running].map((stop) => stop()));

/** Runs a program; rejects unless it exits with 0. */
export const run = async (command, args, { input = '', ...options } = {}) => {
  const child = spawn(command, args, options);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr}`);
  return stdout;
};

/** Starts a server and waits for the line with its port. */
export const start = async (command, args, env) => {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    const [code] = await closed;
    running.delete(stop);
    return code;
  };
  running.add(stop);
  let output = '';
  let heard = 0;
  let listen = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed.push(String(chunk));
      output += chunk;
      listen();
    });
  }
  /** Waits for matching output after the previous match. */
  const says = (pattern) =>
    new Promise((resolve, reject) => {
      listen = () => {
        const match = pattern.exec(output.slice(heard));
        if (match === null) return;
        heard += match.index + match[0].length;
        listen = () => {};
        resolve(match);
      };
      listen();
      const end = ([code]) => reject(new Error(`${command} ended with ${code}: ${output}`));
      closed.then(end, reject);
    });
  const [, port] = await says(/^listening on .*?(\d+)\n/m);
  return { port: Number(port), child, stop, says };
};

/** Sends a GET with exactly this path, and reads the response. */
export const call = async (port, path, token) => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = get({ host: '127.0.0.1', port, path, headers, agent: false });
  const [response] = await once(request, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, challenge: response.headers['www-authenticate'], body };
};
