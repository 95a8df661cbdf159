// What `npm test` prints after the tests.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { summarize } from '../../.ci/tasks.mjs';

const report = (changes = {}) => ({
  success: true,
  startTime: 1000,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ name: '/r/packages/core/test/a.test.ts', endTime: 3500, assertionResults: [] }],
  ...changes,
});

it('has a line for each package', () => {
  const failed = report({ success: false, numFailedTests: 1 });
  assert.deepEqual(
    summarize(
      [
        { name: 'packages/core', report: report() },
        { name: 'packages/cli', report: failed },
      ],
      '/r',
    ),
    ['✓ packages/core  3 passed, 2.5 s', '✗ packages/cli   3 passed, 1 FAILED, 2.5 s'],
  );
});

it('says what was skipped, where, and how to run it', () => {
  const name = '/r/packages/core/test/wycheproof.test.ts';
  const testResults = [{ name, endTime: 2000, assertionResults: [{ status: 'pending' }] }];
  const lines = summarize(
    [{ name: 'packages/core', report: report({ numPendingTests: 1, testResults }) }],
    '/r',
  );
  assert.deepEqual(lines.slice(0, 3), [
    '✓ packages/core  3 passed, 1 skipped, 1.0 s',
    'Skipped:',
    '  packages/core/test/wycheproof.test.ts: 1',
  ]);
  assert.match(lines[3], /WYCHEPROOF_DIR/);
});
