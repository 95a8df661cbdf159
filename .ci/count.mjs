// Adds up the test reports of all packages and prints the sum as the last line. Fails without a report, when a test
// failed, and when WYCHEPROOF_DIR is set but its vectors did not run.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const reports = ['packages', 'examples']
  .flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}/test-report.json`))
  .concat('conformance/test-report.json')
  .filter((path) => existsSync(path))
  .map((path) => JSON.parse(readFileSync(path, 'utf8')));
const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
const passed = sum((report) => report.numPassedTests);
const failed = sum((report) => report.numFailedTests);
const skipped = sum((report) => report.numPendingTests + report.numTodoTests);

const vectors = reports
  .flatMap((report) => report.testResults)
  .filter(({ name }) => name.endsWith('wycheproof.test.ts'))
  .flatMap(({ assertionResults }) => assertionResults)
  .filter(({ status }) => status === 'passed').length;

if (process.env.WYCHEPROOF_DIR && vectors < 40) {
  console.error(
    `Only ${vectors} tests of Wycheproof's vectors passed although WYCHEPROOF_DIR is set.`,
  );
  process.exitCode = 1;
}
if (reports.length === 0 || passed === 0 || failed > 0) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
