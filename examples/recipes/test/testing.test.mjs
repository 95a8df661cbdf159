// Runs the code of docs/testing.md, with vitest and with node:test.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../../../conformance/kit/programs.mjs';
import { checkTypes } from '../../../conformance/kit/typescript.mjs';
import { folder, writeBlock } from './pages.mjs';

const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));
const env = { PATH: process.env.PATH, NO_COLOR: '1' };

it('the tests for vitest pass', async () => {
  const file = await writeBlock('testing.md', 0, 'ts', 'testing-vitest.test.ts');
  await writeFile(join(folder, '.generated/vitest.config.js'), 'export default {};\n');
  const args = ['run', 'testing-vitest', '--root', join(folder, '.generated')]; // not what other tests wrote there
  const output = await run(process.execPath, [vitest, ...args], { env, cwd: folder });
  assert.match(output, /Tests +2 passed/);
  checkTypes(folder, [file]);
});

it('the tests for node:test pass', async () => {
  const file = await writeBlock('testing.md', 0, 'js', 'testing-node.test.mjs');
  const output = await run(process.execPath, ['--test', '--test-reporter=tap', file], {
    env,
    cwd: folder,
  });
  assert.match(output, /^# pass 1$/m);
});
