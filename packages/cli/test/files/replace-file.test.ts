// The replacement of a file: what the new one is like, and that the old one survives what fails.
import type { Stats } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readSnapshot, replaceFile } from '../../src/files/replace-file.ts';
import { CliError } from '../../src/io/errors.ts';
import { fileWith } from '../made-files.ts';

const OLD = 'ZEP_AUTH_SECRET=zzoldzz\n';
const NEW = 'ZEP_AUTH_SECRET=zznewzz\nA=1\n';

let path: string;
beforeEach(async () => {
  path = fileWith(OLD);
  await chmod(path, 0o600);
});

const failureOf = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CliError);
  const { message, hint = '' } = error as CliError;
  expect(message).not.toMatch(/zz(?:old|new)zz/); // a folder may be called zz
  return `${message}; ${hint}`;
};

describe('a replaced file', () => {
  it('has the new content, and no other file is left beside it', async () => {
    expect(await replaceFile(await readSnapshot(path), NEW)).toEqual([]);
    expect(await readFile(path, 'utf8')).toBe(NEW);
    expect(await readdir(dirname(path))).toEqual([basename(path)]);
  });

  it.each(['600', '640', '644', '400', '660', '604'])('keeps the mode %s', async (octal) => {
    const mode = Number.parseInt(octal, 8);
    await chmod(path, mode);
    const warnings = await replaceFile(await readSnapshot(path), NEW);
    expect((await stat(path)).mode & 0o7777).toBe(mode);
    const others = `other users can read "${path}"; run: chmod 600 ${path}`;
    expect(warnings).toEqual((mode & 0o044) === 0 ? [] : [others]);
  });

  it.each(['600', '644', '400'])('has the mode that is asked for, and not %s', async (octal) => {
    await chmod(path, Number.parseInt(octal, 8));
    expect(await replaceFile(await readSnapshot(path), NEW, 0o600)).toEqual([]);
    expect((await stat(path)).mode & 0o7777).toBe(0o600);
  });

  it('is the one that symbolic links lead to; they stay', async () => {
    const folder = dirname(fileWith(''));
    await symlink(path, join(folder, 'one'));
    await symlink('one', join(folder, 'two'));
    await replaceFile(await readSnapshot(join(folder, 'two')), NEW);
    expect(await readFile(path, 'utf8')).toBe(NEW);
    expect((await lstat(path)).isSymbolicLink()).toBe(false);
    expect((await lstat(join(folder, 'two'))).isSymbolicLink()).toBe(true);
    expect(await readdir(dirname(path))).toEqual([basename(path)]);
    expect(await readdir(folder)).toEqual(['file', 'one', 'two']);
  });

  it('loses its second name, with a warning', async () => {
    await link(path, `${path}.backup`);
    expect(await replaceFile(await readSnapshot(path), NEW)).toEqual([
      `"${path}" had a second name (a hard link), which still has the old content`,
    ]);
    expect(await readFile(`${path}.backup`, 'utf8')).toBe(OLD);
  });

  it('is a file of 256 KiB at most', async () => {
    await writeFile(path, 'x'.repeat(262_144));
    expect((await readSnapshot(path)).content).toHaveLength(262_144);
    await writeFile(path, 'x'.repeat(262_145));
    expect(await failureOf(readSnapshot(path))).toContain('is larger than 256 KiB');
  });
});

describe('what cannot be read', () => {
  it('is named, with the reason', async () => {
    const loop = join(dirname(path), 'loop');
    const dangling = join(dirname(path), 'dangling');
    await symlink('loop', loop);
    await symlink('gone', dangling);
    for (const [name, reason] of [
      [`${path}.no`, 'no such file or directory (ENOENT)'],
      [dangling, 'no such file or directory (ENOENT)'],
      [loop, '(ELOOP)'],
    ] as const) {
      const message = await failureOf(readSnapshot(name));
      expect(message).toContain(`cannot read "${name}": `);
      expect(message).toContain(reason);
    }
    for (const name of [dirname(path), '/dev/null']) {
      expect(await failureOf(readSnapshot(name))).toContain(`"${name}" is not a regular file`);
    }
  });
});

describe('what cannot be replaced', () => {
  const expectOld = async (): Promise<void> => {
    expect(await readFile(path, 'utf8')).toBe(OLD);
    expect(await readdir(dirname(path))).toEqual([basename(path)]);
  };

  it('a file whose owner this user cannot give to a new one', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root gives any owner');
    const snapshot = await readSnapshot(path);
    const foreign = { ...snapshot, stats: { ...snapshot.stats, uid: 4711 } as Stats };
    expect(await failureOf(replaceFile(foreign, NEW))).toMatch(/\(EPERM\); run this as the owner/);
    await expectOld();
  });

  it.each([
    ['a program that was killed', () => writeFile(`${path}.zepcli-new`, 'x')],
    ['an attacker: a symbolic link', () => symlink(path, `${path}.zepcli-new`)],
    ['an attacker: a symbolic link to nowhere', () => symlink('nowhere', `${path}.zepcli-new`)],
  ])('a file beside which there is one of %s', async (_name, make) => {
    await make();
    expect(await failureOf(replaceFile(await readSnapshot(path), NEW))).toMatch(
      /file already exists \(EEXIST\); another zepcli is changing the file, or one was killed/,
    );
    expect(await readFile(path, 'utf8')).toBe(OLD);
    expect(await readdir(dirname(path))).toEqual([basename(path), `${basename(path)}.zepcli-new`]);
  });

  it('by two at once: one does, the other fails, and nothing is lost', async () => {
    const snapshots = [await readSnapshot(path), await readSnapshot(path)] as const;
    const ends = await Promise.allSettled([
      replaceFile(snapshots[0], `${NEW}1`),
      replaceFile(snapshots[1], `${NEW}2`),
    ]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = ends.findIndex(({ status }) => status === 'fulfilled') + 1;
    expect(await readFile(path, 'utf8')).toBe(`${NEW}${winner}`);
    expect(await readdir(dirname(path))).toEqual([basename(path)]);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['its mode', () => chmod(path, 0o640), OLD],
    ['its content', () => writeFile(path, OLD.replace('old', 'xxx')), OLD.replace('old', 'xxx')],
    [
      'the file itself, with the same content',
      async () => {
        await writeFile(`${path}.x`, OLD, { mode: 0o600 });
        await rename(`${path}.x`, path);
      },
      OLD,
    ],
  ])('a file that was changed since it was read: %s', async (_name, change, content) => {
    const snapshot = await readSnapshot(path);
    await change();
    expect(await failureOf(replaceFile(snapshot, NEW))).toContain(
      'was changed by another program just now; run this again',
    );
    expect(await readFile(path, 'utf8')).toBe(content);
    expect(await readdir(dirname(path))).toEqual([basename(path)]);
  });

  it('a file whose name leads to another one now', async () => {
    const other = fileWith(OLD);
    await chmod(other, 0o600);
    const name = `${path}.link`;
    await symlink(path, name);
    const snapshot = await readSnapshot(name);
    await unlink(name);
    await symlink(other, name);
    expect(await failureOf(replaceFile(snapshot, NEW))).toContain('was changed by another program');
    expect([await readFile(path, 'utf8'), await readFile(other, 'utf8')]).toEqual([OLD, OLD]);
  });
});
