// Runs tasks of all packages by Turborepo: `node .ci/tasks.mjs build test`. Prints the log of a task only if it fails, and
// after tests one line a package. With `--boundaries` it then checks which packages import which.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** How long a test run took, by its report. */
const durationOf = ({ startTime, testResults }) =>
  Math.max(startTime, ...testResults.map(({ endTime }) => endTime)) - startTime;

/** One line for each package, then what was skipped. */
export const summarize = (reports, root) => {
  const width = Math.max(...reports.map(({ name }) => name.length));
  const lines = reports.map(({ name, report }) => {
    const skipped = report.numPendingTests + report.numTodoTests;
    const counts = [
      `${report.numPassedTests} passed`,
      ...(report.numFailedTests > 0 ? [`${report.numFailedTests} FAILED`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
      seconds(durationOf(report)),
    ];
    return `${report.success ? '✓' : '✗'} ${name.padEnd(width)}  ${counts.join(', ')}`;
  });
  const skips = reports.flatMap(({ report }) =>
    report.testResults.flatMap(({ name, assertionResults }) => {
      const count = assertionResults.filter(({ status }) => /pending|skipped|todo/.test(status));
      const file = name.replace(`${root}/`, '');
      return count.length === 0 ? [] : [`  ${file}: ${count.length}`];
    }),
  );
  if (skips.length === 0) return lines;
  return [
    ...lines,
    'Skipped:',
    ...skips,
    'Wycheproof’s vectors need WYCHEPROOF_DIR; `CI=true npm test` fails with the name of each program that others lack.',
  ];
};

const read = (path) => JSON.parse(readFileSync(path, 'utf8'));

const findReports = (names) =>
  names
    .map((name) => ({ name, path: `${name}/test-report.json` }))
    .filter(({ path }) => existsSync(path))
    .map(({ name, path }) => ({ name, report: read(path) }));

const turbo = (...args) =>
  spawnSync(process.execPath, [join('node_modules', 'turbo', 'bin', 'turbo'), ...args], {
    stdio: 'inherit',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  }).status ?? 1;

const main = (words) => {
  const [boundaries, tasks] = [
    words[0] === '--boundaries',
    words.filter((word) => word !== '--boundaries'),
  ];
  let status = turbo('run', ...tasks, '--output-logs=errors-only', '--log-prefix=none');
  if (boundaries && status === 0) status = turbo('boundaries');
  const packages = readdirSync('packages').map((name) => `packages/${name}`);
  const proof = findReports(['conformance']);
  const isProven = tasks.includes('prove');
  const reports = [
    ...(tasks.includes('test') ? findReports([...packages, 'examples/quickstart']) : []),
    ...(isProven ? proof : []),
  ];
  if (reports.length > 0) console.log(summarize(reports, process.cwd()).join('\n'));
  if (tasks.includes('test') && !isProven) {
    const [last] = proof;
    const time =
      last === undefined ? 'some minutes' : `${seconds(durationOf(last.report))} the last time`;
    console.log(
      `Not run: the attacks and the rest of the proof (npm run proof, ${time}), other runtimes (npm run conformance), the other examples (npm test in each).`,
    );
  }
  process.exitCode = status;
};

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));
