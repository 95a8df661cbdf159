// `zepcli rotate`, killed before each of its steps: the file is the old one or the new one, never anything else.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'dotenv';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../fake-io.ts';
import { SECRET } from '../made-tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
const program = join(folder, 'program');
const hook = join(folder, 'hook.mjs');
const work = mkdtempSync(join(folder, 'work-'));
const path = join(work, '.env');
const temporary = `${path}.zepcli-new`;
afterAll(() => rmSync(folder, { recursive: true }));

// Ends the process before the step that KILL_AT counts to, as `kill -9` does.
const HOOK = `
import { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const handle = await promises.open(process.execPath);
const prototype = Object.getPrototypeOf(handle);
await handle.close();
let left = Number(process.env.KILL_AT);
const wrap = (object, name) => {
  const original = object[name];
  object[name] = function (...given) {
    if (left-- === 0) {
      process.kill(process.pid, 'SIGKILL');
      for (;;);
    }
    return original.apply(this, given);
  };
};
for (const name of ['realpath', 'open', 'rename', 'unlink']) wrap(promises, name);
for (const name of ['stat', 'chown', 'chmod', 'writeFile', 'sync', 'close']) wrap(prototype, name);
syncBuiltinESMExports();
`;

beforeAll(async () => {
  writeFileSync(hook, HOOK);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await build({
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    entryPoints: ['src/bin.ts'],
    outdir: program,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@zep-auth/source'],
    banner: {
      js: "import{createRequire as toRequire}from'node:module';const require=toRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
});

it('leaves the old file or the new one, and what is beside it is named by the next run', async () => {
  const old = `# gate\nZEP_AUTH_SECRET=${SECRET}\n`;
  const ends: string[] = [];
  for (let step = 0; ends.at(-1) !== 'done'; step++) {
    writeFileSync(path, old);
    chmodSync(path, 0o640);
    const { signal, status, stdout } = spawnSync(
      process.execPath,
      ['--import', hook, join(program, 'bin.js'), 'rotate', '--dotenv', path],
      { encoding: 'utf8', env: { PATH: process.env['PATH'], KILL_AT: String(step) } },
    );
    const content = readFileSync(path, 'utf8');
    const { ZEP_AUTH_SECRET = '' } = parse(content);
    const isOld = content === old;
    if (!isOld) {
      expect(content).toBe(
        `# gate\nZEP_AUTH_SECRET=${ZEP_AUTH_SECRET}\nZEP_AUTH_SECRET_PREVIOUS=${SECRET}\n`,
      );
      expect(ZEP_AUTH_SECRET).toMatch(/^[\w-]{86}==$/);
    }
    if (status === 0) ends.push('done');
    else {
      expect({ signal, stdout }).toEqual({ signal: 'SIGKILL', stdout: '' });
      ends.push(`${isOld ? 'old' : 'new'}${existsSync(temporary) ? ' and a temporary one' : ''}`);
    }
    if (existsSync(temporary)) {
      const { code, stderr } = await runCli(['rotate', '--dotenv', path]);
      expect(code).toBe(3);
      expect(stderr).toContain('remove the file that ends with .zepcli-new');
      rmSync(temporary);
    }
    expect((await runCli(['rotate', '--dotenv', path])).code).toBe(0);
    expect(readdirSync(work)).toEqual(['.env']);
  }
  expect([...new Set(ends)]).toEqual(['old', 'old and a temporary one', 'new', 'done']);
  expect(ends.length).toBeGreaterThan(9);
});
