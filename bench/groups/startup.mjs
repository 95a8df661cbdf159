// How long `zepcli -i` takes from start to end, against the same Node doing nothing.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { takeTurns } from '../measure.mjs';

const ZEPCLI = fileURLToPath(new URL('../../packages/cli/zepcli.js', import.meta.url));

export const NOTHING = 'node -e 0';
export const INIT = 'zepcli -i';
export const INIT_UNCACHED = 'zepcli -i, compile cache off';

export const everyNode = true;
export const tables = { startup: { title: 'Start-up', base: NOTHING } };

const time = (parameters, env = {}) => {
  const startMs = performance.now();
  const { status } = spawnSync(process.execPath, parameters, {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`node ${parameters.join(' ')} ended with ${status}`);
  return performance.now() - startMs;
};

export const run = async ({ quick }) => {
  const entries = [
    { name: NOTHING, turn: () => time(['-e', '0']) },
    { name: INIT, turn: () => time([ZEPCLI, '-i']) },
    { name: INIT_UNCACHED, turn: () => time([ZEPCLI, '-i'], { NODE_DISABLE_COMPILE_CACHE: '1' }) },
  ];
  for (const { turn } of [...entries, ...entries]) turn();
  return { startup: await takeTurns(entries, { rounds: quick ? 3 : 31 }) };
};
