// The time of zepcli's commands from start to end, compared with the same Node doing nothing.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createClaims, secret, signNow } from '../contestants.mjs';
import { takeTurns } from '../measure.mjs';

const ZEPCLI = fileURLToPath(new URL('../../packages/cli/zepcli.cjs', import.meta.url));

/** An almost empty environment: NODE_EXTRA_CA_CERTS alone triples the time of a bare start. */
const CLEAN = { ZEP_AUTH_SECRET: secret };

export const NOTHING = 'node -e 0';
export const INIT = 'zepcli -i';
export const HELP = 'zepcli --help';
const token = signNow(createClaims(0));

/** Each command, with what it reads from standard input. */
const commands = {
  [INIT]: [['-i']],
  'zepcli secret': [['secret']],
  'zepcli token': [['token', '--expires-in', '90d']],
  'zepcli verify': [['verify'], token],
  'zepcli inspect': [['inspect'], token],
  'zepcli env': [['env', 'dotenv']],
  'zepcli doctor': [['doctor']],
  [HELP]: [['--help']],
};
export const COMMANDS = Object.keys(commands).filter((name) => name !== INIT && name !== HELP);

export const everyNode = true;
export const tables = {
  startup: { title: 'Start-up, in a clean environment', base: NOTHING },
};

const time = (parameters, input = '') => {
  const startMs = performance.now();
  const { status } = spawnSync(process.execPath, parameters, {
    stdio: ['pipe', 'ignore', 'ignore'],
    input,
    env: CLEAN,
  });
  if (status !== 0) throw new Error(`node ${parameters.join(' ')} ended with ${status}`);
  return performance.now() - startMs;
};

export const run = async ({ quick }) => {
  const entries = [
    { name: NOTHING, turn: () => time(['-e', '0']) },
    ...Object.entries(commands).map(([name, [args, input]]) => ({
      name,
      turn: () => time([ZEPCLI, ...args], input),
    })),
  ];
  for (const { turn } of [...entries, ...entries]) turn();
  return { startup: await takeTurns(entries, { rounds: quick ? 3 : 15 }) };
};
