// The README's `npm run build` and `npm start`, and its headers for a host.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const isBuilt = existsSync(here('../../../packages/core/dist'));
assert.ok(isBuilt, 'the packages are not built: run `npx turbo run build` at the root');
const { scripts } = JSON.parse(readFileSync(here('../package.json'), 'utf8'));
const [, build] = /^node (\S+)$/.exec(scripts.build);
const [, start] = /^node (\S+)$/.exec(scripts.start);
const lines = readFileSync(here('../src/_headers'), 'utf8').trim().split('\n').slice(1);
const headers = lines.map((line) => /^ {2}([\w-]+): (.+)$/.exec(line).slice(1));

it('builds a folder with only the page’s files', () => {
  execFileSync(process.execPath, [here(`../${build}`)]);
  assert.deepEqual(readdirSync(here('../dist')).sort(), [
    '_headers',
    'index.html',
    'page.css',
    'page.js',
  ]);
});

it('has the same policy in the page and in the headers, except for frame-ancestors', () => {
  const page = readFileSync(here('../src/index.html'), 'utf8');
  const [, inPage] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page);
  const inHeader = Object.fromEntries(headers)['Content-Security-Policy'];
  assert.equal(inHeader, `${inPage}; frame-ancestors 'none'`);
  for (const part of ["default-src 'none'", "connect-src 'none'", "form-action 'none'"]) {
    assert.ok(inPage.split('; ').includes(part), part);
  }
});

it('lists each header in the README', () => {
  const readme = readFileSync(here('../README.md'), 'utf8');
  for (const [name, value] of headers) assert.ok(readme.includes(`${name}: ${value}`), name);
});

describe('npm start', () => {
  let child;
  let origin;
  before(async () => {
    const env = { ...process.env, PORT: '0' };
    const stdio = ['ignore', 'pipe', 'inherit'];
    child = spawn(process.execPath, [here(`../${start}`)], { env, stdio });
    const [line] = await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`))),
    ]);
    [, origin] = /^listening on (http:\/\/127\.0\.0\.1:\d+)\/\n$/.exec(String(line));
  });
  after(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });

  it('serves the page with its headers, and no other file', async () => {
    for (const path of ['/', '/page.js', '/page.css']) {
      const response = await fetch(origin + path);
      assert.equal(response.status, 200, path);
      for (const [name, value] of headers) assert.equal(response.headers.get(name), value, path);
    }
    const others = [
      '/_headers',
      '/..%2fpackage.json',
      '/src/page.ts',
      '/favicon.ico',
      '/__proto__',
    ];
    for (const path of others) assert.equal((await fetch(origin + path)).status, 404, path);
  });
});
