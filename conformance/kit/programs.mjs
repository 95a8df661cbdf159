// Programs, servers and requests for the tests of the examples. `stopAll` ends what a test has left running.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';

/** Everything that the programs have printed. */
export const printed = [];

const running = new Set();
export const stopAll = () => Promise.all([...running].map((stop) => stop()));

/** Runs a program to its end and returns what it printed; rejects unless it exits with 0. */
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

/**
 * Starts a program.
 *
 * - `output()`: what it has printed so far
 * - `says(pattern)`: waits for a match after the previous one; rejects when the program ends without it
 * - `ended`: resolves with its exit code
 * - `stop()`: ends it, and resolves with its exit code
 */
export const launch = (command, args, env) => {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close').then(([code]) => code);
  ended.catch(() => {}); // a program that cannot be started fails in `says`
  let output = '';
  let heard = 0;
  let check = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed.push(String(chunk));
      output += chunk;
      check();
    });
  }
  const says = (pattern) =>
    new Promise((resolve, reject) => {
      check = () => {
        const match = pattern.exec(output.slice(heard));
        if (match === null) return;
        heard += match.index + match[0].length;
        check = () => {};
        resolve(match);
      };
      check();
      ended.then((code) => reject(new Error(`${command} ended with ${code}: ${output}`)), reject);
    });
  const stop = () => {
    running.delete(stop);
    child.kill('SIGTERM');
    return ended;
  };
  running.add(stop);
  return { child, output: () => output, says, ended, stop };
};

/** Starts a server and waits for the line with its port, or for another pattern. */
export const start = async (command, args, env, pattern = /^listening on .*?(\d+)\n/m) => {
  const program = launch(command, args, env);
  const [, port] = await program.says(pattern);
  return { ...program, port: Number(port), url: `http://127.0.0.1:${port}` };
};

/** Listens on a free loopback port and keeps each request with its body. */
export const listen = async (server) => {
  const requests = [];
  server.on('request', (incoming) => {
    const { method, url, headers } = incoming;
    const recorded = { method, url, headers, body: '' };
    requests.push(recorded);
    incoming.on('data', (chunk) => {
      recorded.body += chunk;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    running.delete(stop);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  running.add(stop);
  const { port } = server.address();
  return { requests, port, url: `http://127.0.0.1:${port}`, stop };
};

/** Sends a request with exactly these fields and reads the response. `line` is its method and target. */
export const exchange = async (port, line, fields = [], body = '') => {
  const [method, path] = line.split(' ');
  const headers = ['Host: api.test', ...fields].flatMap((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon), field.slice(colon + 1).trim()];
  });
  const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  const names = response.rawHeaders.map((name) => name.toLowerCase());
  return {
    status: response.statusCode,
    challenges: response.rawHeaders.filter((_, i) => i % 2 && names[i - 1] === 'www-authenticate'),
    type: response.headers['content-type'],
    body: text,
  };
};
