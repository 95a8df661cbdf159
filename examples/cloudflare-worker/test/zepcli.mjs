import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('../node_modules/.bin/zepcli', import.meta.url));

/** Runs zepcli as in the README, with the secret in its environment, and returns its output. */
export const zepcli = (args, env = {}) =>
  execFileSync(process.execPath, [binary, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
