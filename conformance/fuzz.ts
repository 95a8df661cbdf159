// `npm run fuzz`: generated cases, compared with references, until something disagrees. A generator that no longer
// reaches every expected outcome is a failure too.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { argvTarget } from './fuzz/argv.ts';
import { bearerTarget } from './fuzz/bearer.ts';
import { configTarget } from './fuzz/config.ts';
import { describeFailure, notesOf, tableOf } from './fuzz/report.ts';
import { runAll } from './fuzz/runner.ts';
import { secretsTarget } from './fuzz/secrets.ts';
import { signingTarget } from './fuzz/signing.ts';
import { missingFrom, Tally, type Target } from './fuzz/target.ts';
import { tokensTarget } from './fuzz/tokens.ts';

const TARGETS: readonly Target[] = [
  tokensTarget,
  signingTarget,
  bearerTarget,
  configTarget,
  secretsTarget,
  argvTarget,
];
const FIXED_SEED = 20_260_101;
const MAX_CASES = 1_000_000_000;

const USAGE = `npm run fuzz -- [options]
  --seconds N   go on for so long, default 10
  --cases N     or for exactly so many cases in all
  --seed N      what to generate; with --cases ${FIXED_SEED} unless given, else drawn and printed
  --only NAME   one target: ${TARGETS.map(({ name }) => name).join(', ')}
  --replay T:S:P  one case again, as a failure has named it`;

const leave = (message: string): never => {
  console.error(`${message}\n${USAGE}`);
  process.exit(2);
};

const wholeOf = (option: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return number <= MAX_CASES ? number : leave(`--${option} takes a whole number`);
};

const targetNamed = (name: string | undefined): Target =>
  TARGETS.find((target) => target.name === name) ?? leave(`there is no target ${name}`);

const readOptions = () => {
  const text = { type: 'string' } as const;
  const options = { seconds: text, cases: text, seed: text, only: text, replay: text };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return leave((error as Error).message); // parseArgs throws nothing else
  }
};

/** Whether the case passes now. */
const replay = async (text: string): Promise<boolean> => {
  const [, name, seed, path = ''] = /^([a-z]+):(-?\d+):([\d:]+)$/.exec(text) ?? [];
  if (name === undefined) leave('--replay takes target:seed:path');
  const target = targetNamed(name);
  const failure = await target.run({ seed: Number(seed), numRuns: 1, path }, new Tally());
  console.log(failure === undefined ? 'the case agrees' : describeFailure(target, failure));
  return failure === undefined;
};

const fuzz = async (values: ReturnType<typeof readOptions>): Promise<boolean> => {
  const cases = wholeOf('cases', values.cases);
  const seconds = wholeOf('seconds', values.seconds);
  if (cases !== undefined && seconds !== undefined) leave('give one of --cases and --seconds');
  const fallback = cases === undefined ? randomInt(2 ** 31) : FIXED_SEED;
  const seed = wholeOf('seed', values.seed) ?? fallback;
  const targets = values.only === undefined ? TARGETS : [targetNamed(values.only)];
  console.log(`seed ${seed}`);
  const results = await runAll(
    targets,
    seed,
    cases === undefined ? { seconds: seconds ?? 10 } : { cases },
    ({ target, tally }) => console.error(`${target.name}: ${tally.cases} cases`),
  );
  console.log(`${tableOf(results)}\n${notesOf(results)}`);
  let isGood = true;
  for (const { target, tally, failure } of results) {
    const missing = failure === undefined ? missingFrom(target, tally) : [];
    if (failure !== undefined)
      console.log(`\nat case ${failure.number}, ${describeFailure(target, failure)}`);
    if (missing.length > 0)
      console.log(`\n${target.name} has gone dull: never met ${missing.join(', ')}`);
    isGood &&= failure === undefined && missing.length === 0;
  }
  return isGood;
};

const values = readOptions();
process.exitCode = (await (values.replay === undefined ? fuzz(values) : replay(values.replay)))
  ? 0
  : 1;
