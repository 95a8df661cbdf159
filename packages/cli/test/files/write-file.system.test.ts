// Writing a file for its owner alone, and what stops it.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPlace, writeFile } from '../../src/files/write-file.ts';
import { CliError } from '../../src/io/errors.ts';
import { fakeIo, runCli } from '../fake-io.ts';
import { isSignedWith, SECRET } from '../made-tokens.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a new file is readable by its owner only', async () => {
  const [io, path] = [fakeIo(), join(folder, 'x')];
  await writeFile(io, await readPlace(io, path), 'secret');
  expect(readFileSync(path, 'utf8')).toBe('secret');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(io.stderr.text).toBe('');
});

it.each([
  ['a file', (path: string) => writeFileSync(path, 'mine')],
  [
    'a link to a file',
    (path: string) => {
      writeFileSync(`${path}.mine`, 'mine');
      symlinkSync(`${path}.mine`, path);
    },
  ],
  ['a link that leads nowhere', (path: string) => symlinkSync(`${path}.mine`, path)],
])('%s that was made after the look stays as it is', async (_name, appear) => {
  const [io, path] = [fakeIo(), join(folder, 'x')];
  const place = await readPlace(io, path);
  expect(place).toEqual({ path, old: undefined });
  appear(path);
  await expect(writeFile(io, place, 'secret')).rejects.toThrow(CliError);
  if (existsSync(path)) expect(readFileSync(path, 'utf8')).toBe('mine');
  else expect(existsSync(`${path}.mine`)).toBe(false);
});

it.each([
  ['a folder that does not exist', () => join(folder, 'no/x'), /no such file or directory/],
  ['a folder', () => folder, /is not a regular file/],
])('%s cannot be written, with the reason', async (_name, toPath, reason) => {
  const io = fakeIo();
  const write = async (): Promise<void> => writeFile(io, await readPlace(io, toPath()), 'x');
  await expect(write()).rejects.toThrow(reason);
});

it('a file whose bytes are not text is not replaced', async () => {
  const path = join(folder, 'x');
  writeFileSync(path, Buffer.from([0xff, 0x41]));
  await expect(readPlace(fakeIo(), path)).rejects.toThrow(/is not UTF-8 text/);
  mkdirSync(join(folder, 'y'));
});

it('`token --write` makes such a file, and never puts it over another unasked', async () => {
  const file = join(folder, 'token.txt');
  const make = (...more: string[]) =>
    runCli(['token', '--no-expiry', '--sub', 'a', '--write', file, ...more], {
      env: { ZEP_AUTH_SECRET: SECRET },
    });
  expect(await make()).toEqual({
    code: 0,
    stdout: '',
    stderr: `the token is in "${file}"\nnever expires\n`,
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const first = readFileSync(file, 'utf8');
  expect(isSignedWith(first.trim(), SECRET)).toBe(true);
  expect(await make()).toMatchObject({ code: 3, stderr: expect.stringContaining('--force') });
  expect(readFileSync(file, 'utf8')).toBe(first);
  const { stdout } = await make('--force', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, file, claims: { sub: 'a' } });
  expect(stdout).not.toContain('eyJ');
  expect(readFileSync(file, 'utf8')).not.toBe(first);
});
