// The quickstart itself, as `npm run quickstart` runs it after the build.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../dist/quickstart.js', import.meta.url));

it('prints a line for each step, with the answers that it promises', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  const answers = stdout.match(/-> (?:200|401)[^(]*/g)?.map((answer) => answer.trim());
  expect(answers).toEqual([
    '-> 200',
    '-> 401, Bearer realm="api"',
    '-> 401, Bearer realm="api", error="invalid_token"',
    '-> 401, Bearer realm="api", error="invalid_token"',
    '-> 200',
  ]);
  expect(stdout).not.toMatch(/eyJ/);
}, 30_000);
