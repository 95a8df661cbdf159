// The code of docs/testing.md for workerd, run in workerd.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { it } from 'node:test';
import { bundle, settings, startWorker } from './workerd.mjs';

const page = await readFile(new URL('../../../docs/testing.md', import.meta.url), 'utf8');
const code = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].at(-1)[1];

it('testAuth works in a Worker, with and without Node’s modules', async () => {
  const folder = new URL('../dist/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const handler = 'export default { fetch: async () => Response.json(await check()) };';
  await writeFile(new URL('testing.ts', folder), `${code}\n${handler}\n`);
  const script = await bundle('dist/testing.ts');
  for (const flags of [settings.compatibility_flags ?? [], []]) {
    const { url, stop } = await startWorker(script, { flags });
    try {
      assert.deepEqual(await (await fetch(url)).json(), [200, 401, { sub: 'alice' }]);
    } finally {
      await stop();
    }
  }
});
