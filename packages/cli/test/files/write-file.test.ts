// Writing a secret to a file: what comes into being there in the meantime is not written over.
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findPlace, writeFile } from '../../src/files/write-file.ts';
import { CliError } from '../../src/io/io.ts';
import { fakeIo } from '../fake-io.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

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
  const place = await findPlace(io, { write: path, force: true }, '');
  expect(place).toEqual({ path, isReplaced: false });
  appear(path);
  await expect(writeFile(io, place, () => 'secret')).rejects.toThrow(CliError);
  if (existsSync(path)) expect(readFileSync(path, 'utf8')).toBe('mine');
  else expect(existsSync(`${path}.mine`)).toBe(false);
});

it('says nothing was written where what is to be written cannot be made', async () => {
  const [io, path] = [fakeIo(), join(folder, 'x')];
  const refuse = (): string => {
    throw new CliError('no');
  };
  await expect(writeFile(io, { path, isReplaced: false }, refuse)).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});
