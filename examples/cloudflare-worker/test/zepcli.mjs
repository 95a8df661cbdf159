// zepcli, as the README calls it.
// Never gets a secret but by the environment.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('../node_modules/.bin/zepcli', import.meta.url));

/** Runs zepcli to its end, and returns what it prints. */
export const zepcli = (args, env = {}) =>
  execFileSync(process.execPath, [binary, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
