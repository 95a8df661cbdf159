// Runs every group in its runtimes, one at a time, and writes results.json, RESULTS.md and chart.svg.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { parseArgs } from 'node:util';
import { budgets } from './budgets.mjs';
import { drawChart } from './chart.mjs';
import { waitForQuiet } from './quiet.mjs';
import { writeReport } from './report.mjs';
import { missingRuntimes, runtimes } from './runtimes.mjs';

const GROUPS = [
  'verify',
  'sign',
  'hono',
  'http',
  'gate',
  'distinct',
  'refusals',
  'startup',
  'bundles',
];

const MAX_WAIT_SECONDS = 15;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    'budgets-only': { type: 'boolean', default: false }, // of the gate: only what has a limit, in shorter turns
    only: { type: 'string' },
    in: { type: 'string', multiple: true }, // runtimes; the figures of the others stay
  },
});
if (flags.only !== undefined && !GROUPS.includes(flags.only)) {
  throw new Error(`--only takes one of: ${GROUPS.join(', ')}`);
}
const unknown = flags.in?.find((name) => !runtimes.some(({ id }) => id === name));
if (unknown !== undefined || (flags.in && flags.only === undefined)) {
  throw new Error(
    `--in goes with --only, and takes one of: ${runtimes.map(({ id }) => id).join(', ')}`,
  );
}

const here = (path) => new URL(path, import.meta.url);
const output = flags.quick ? './.generated/' : './';
mkdirSync(here(output), { recursive: true });
const resultsFile = here(`${output}results.json`);

const groups = await Promise.all(
  GROUPS.map(async (name) => ({ name, ...(await import(`./groups/${name}.mjs`)) })),
);

const runGroup = ({ binary, flags: runtimeFlags, title }, { name }) => {
  const startMs = performance.now();
  const { status, stdout, stderr } = spawnSync(
    binary,
    [
      ...runtimeFlags,
      'group.mjs',
      name,
      ...(flags.quick ? ['--quick'] : []),
      ...(flags['budgets-only'] ? ['--budgets-only'] : []),
    ],
    { cwd: here('.'), encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (status !== 0) throw new Error(`${name} failed on ${title}:\n${stderr}`);
  const seconds = Math.round((performance.now() - startMs) / 1000);
  process.stderr.write(`${name} on ${title}: ${seconds} s\n`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
};

/** Replaces the figures of a group that is run alone, and keeps the others. */
const measured =
  flags.only && existsSync(resultsFile)
    ? JSON.parse(readFileSync(resultsFile, 'utf8')).measured
    : {};

for (const group of groups.filter(({ name }) => flags.only === undefined || name === flags.only)) {
  for (const [i, runtime] of runtimes.entries()) {
    measured[runtime.id] ??= {};
    if (flags.in && !flags.in.includes(runtime.id)) continue;
    const isNode = runtime.id.startsWith('node');
    if (i === 0 || group.everywhere || (group.everyNode && isNode)) {
      const isQuiet = await waitForQuiet(flags.quick ? 0 : MAX_WAIT_SECONDS);
      measured[runtime.id][group.name] = { ...runGroup(runtime, group), isQuiet };
    }
  }
}

const { packages: locked } = JSON.parse(readFileSync(here('package-lock.json'), 'utf8'));
const manifest = JSON.parse(readFileSync(here('package.json'), 'utf8'));
const peers = Object.keys({ ...manifest.devDependencies, ...manifest.optionalDependencies })
  .filter((name) => !/^(bun|deno|node\d+)$/.test(name) && locked[`node_modules/${name}`])
  .sort();
const [{ model }] = cpus();
const results = {
  date: new Date().toISOString().slice(0, 10),
  machine: {
    cpu: model,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
  },
  runtimes: runtimes.map(({ id, title, version }) => ({ id, title, version })),
  missingRuntimes,
  packages: Object.fromEntries(peers.map((name) => [name, locked[`node_modules/${name}`].version])),
  measured,
};

const onOneLine = (list) => list.replace(/\s+/g, ' ');
const json = JSON.stringify(results, null, 2).replace(/\[[-\d\s.,e+]+\]/g, onOneLine);
writeFileSync(resultsFile, `${json}\n`);
writeFileSync(here(`${output}RESULTS.md`), writeReport(results, { budgets, groups }));
const [main] = results.runtimes;
const { http } = measured[main.id];
if (http) writeFileSync(here(`${output}chart.svg`), drawChart(http, main));
