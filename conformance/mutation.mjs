// Mutation testing: breaks every rule of core and server in turn, in a copy below `.generated/mutation`. A test has to
// fail each time.
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';
import { EQUIVALENT } from './equivalent-mutants.mjs';

const LEAST_SCORE = 95;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = `${ROOT}.generated/mutation`;
const FILES = [
  ...['bearer', 'claims', 'config', 'env', 'judge-secret', 'keyring', 'placeholder'],
  ...['errors', 'revoked', 'sign', 'variables', 'verify', 'wrong-character'],
  ...['jws/compact', 'jws/jose', 'jws/native', 'lru', 'maybe-promise'],
]
  .map((name) => ({ folder: 'core', name }))
  .concat(
    [
      ...['auth-result', 'authenticate', 'credential', 'private-cache', 'problem-response'],
      ...['request', 'requirement', 'sources', 'throttle', 'verifier-source'],
      ...['hono/auth-refusal', 'hono/guard', 'revocation/entry', 'revocation/list'],
    ].map((name) => ({
      folder: 'server',
      name,
    })),
  );

/** Runs Stryker on these files of a package and returns its report. */
const mutate = async (folder, names) => {
  const output = `${OUTPUT}/${folder}`;
  mkdirSync(output, { recursive: true });
  process.chdir(`${ROOT}packages/${folder}`);
  process.env['AGREEMENT_RUNS'] ??= '200';
  await new Stryker({
    mutate: names.map((name) => `src/${name}.ts`),
    testRunner: 'vitest',
    vitest: { configFile: fileURLToPath(new URL('stryker.vitest.config.mjs', import.meta.url)) },
    coverageAnalysis: 'perTest',
    concurrency: 2,
    // Enough for a busy machine: a slow test is not a killed mutant.
    timeoutMS: 30_000,
    timeoutFactor: 4,
    tempDirName: `${output}/tmp`,
    cleanTempDir: 'always',
    symlinkNodeModules: false,
    disableTypeChecks: false,
    ignorePatterns: ['dist', '.turbo', 'tsconfig.json', 'test-report.json'],
    reporters: ['json', 'html', ...(process.stdout.isTTY ? ['progress'] : [])],
    jsonReporter: { fileName: `${output}/report.json` },
    htmlReporter: { fileName: `${output}/report.html` },
    logLevel: 'warn',
    warnings: { slow: false }, // most static mutants are the expressions of the rules
  }).runMutationTest();
  return JSON.parse(readFileSync(`${output}/report.json`, 'utf8'));
};

const textAt = (source, { start, end }) => {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1);
  lines[0] = lines[0].slice(start.column - 1);
  return lines.join('\n');
};

/** The mutants of a report as a flat list. */
const mutantsOf = (folder, { files }) =>
  Object.entries(files).flatMap(([path, { source, mutants }]) =>
    mutants.map(({ status, mutatorName, replacement, location }) => ({
      file: `${folder}/${path.replace(/^src\//, '')}`,
      line: location.start.line,
      status,
      mutator: mutatorName,
      original: textAt(source, location),
      replacement,
    })),
  );

const isOf = (mutant) => (entry) =>
  ['file', 'mutator', 'original', 'replacement'].every((name) => entry[name] === mutant[name]);

const count = (mutants, ...statuses) =>
  mutants.filter(({ status }) => statuses.includes(status)).length;
const scoreOf = (mutants) => {
  const noticed = count(mutants, 'Killed', 'Timeout');
  const all = noticed + count(mutants, 'Survived', 'NoCoverage');
  return all === 0 ? 100 : (100 * noticed) / all;
};
const lineOf = (name, mutants) =>
  `${name.padEnd(22)}${scoreOf(mutants).toFixed(2).padStart(7)} %${String(mutants.length).padStart(6)} mutants, ` +
  `${count(mutants, 'Timeout')} by timeout, ${count(mutants, 'Survived', 'NoCoverage')} not noticed, ` +
  `${count(mutants, 'RuntimeError', 'CompileError')} not runnable`;

const judge = (mutants) => {
  const names = [...new Set(mutants.map(({ file }) => file))];
  for (const name of names)
    console.log(
      lineOf(
        name,
        mutants.filter(({ file }) => file === name),
      ),
    );
  console.log(lineOf('all', mutants));

  const survivors = mutants.filter(({ status }) => /Survived|NoCoverage/.test(status));
  const listed = EQUIVALENT.filter(({ file }) => names.includes(file));
  const unlisted = survivors.filter((mutant) => !listed.some(isOf(mutant)));
  const stale = listed.filter((entry) => !survivors.some((mutant) => isOf(mutant)(entry)));
  for (const { file, mutator, original, replacement, reason } of listed) {
    console.log(`\nequivalent: ${file} ${mutator}\n- ${original}\n+ ${replacement}\n  ${reason}`);
  }
  const problems = [
    ...unlisted.map(
      ({ file, line, status, mutator, original, replacement }) =>
        `${status}: ${file}:${line} ${mutator}\n- ${original}\n+ ${replacement}`,
    ),
    ...stale.map(({ file, original, replacement }) => {
      return `listed as equivalent, but not a survivor: ${file}\n- ${original}\n+ ${replacement}`;
    }),
    ...(scoreOf(mutants) < LEAST_SCORE ? [`the score is below ${LEAST_SCORE} %`] : []),
  ];
  for (const problem of problems) console.error(`\n${problem}`);
  return problems.length === 0;
};

const asked = process.argv.slice(2);
const isAsked = ({ folder, name }) =>
  asked.length === 0 || asked.includes(folder) || asked.includes(`${folder}/${name}`);
const chosen = FILES.filter(isAsked);
if (chosen.length === 0) {
  console.error('usage: npm run mutation -- [core | server | a file such as core/jws/compact]...');
  process.exit(2);
}
const startMs = performance.now();
const mutants = [];
for (const folder of new Set(chosen.map((file) => file.folder))) {
  const names = chosen.filter((file) => file.folder === folder).map(({ name }) => name);
  mutants.push(...mutantsOf(folder, await mutate(folder, names)));
}
process.exitCode = judge(mutants) ? 0 : 1;
console.log(`\nin ${((performance.now() - startMs) / 60_000).toFixed(1)} minutes; ${OUTPUT}`);
