// The replacement of a file: what the new one is like, and that the old one survives all that can fail.
import type { Stats } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { replaceFile } from '../../src/files/replace-file.ts';
import { type FileSystem, readSnapshot } from '../../src/files/snapshot.ts';
import { CliError } from '../../src/io/io.ts';
import { fileWith } from '../made-files.ts';

const { chmod, link, readdir, readFile, rename, stat, symlink, unlink, writeFile } = nodeFs;

const OLD = 'ZEP_AUTH_SECRET=zzoldzz\n';
const NEW = 'ZEP_AUTH_SECRET=zznewzz\nA=1\n';

let path: string;
beforeEach(async () => {
  path = fileWith(OLD);
  await chmod(path, 0o600);
});

const temporary = (): string => `${path}.zepcli-new`;
const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder);
const errorWith = (code: string): Error => Object.assign(new Error(`${code} ${path}`), { code });

/** What happens before a call, or once a file is closed, given its name; throwing makes it fail. */
type Hook = (call: string) => unknown;

/** Node's, with a hook before every call that can fail. */
const hooked = (hook: Hook): FileSystem => ({
  realpath: (async (name: string) => {
    await hook('realpath');
    return nodeFs.realpath(name);
  }) as FileSystem['realpath'], // of its overloads, the one that is used
  open: async (name, flags, mode) => {
    const role = String(name).endsWith('.zepcli-new') ? 'new' : 'old';
    const subject = name === dirname(path) ? 'folder' : role;
    await hook(`open ${subject}`);
    const handle = await nodeFs.open(name, flags, mode);
    return new Proxy(handle, {
      get: (target, member) => {
        const value: unknown = Reflect.get(target, member, target);
        if (typeof value !== 'function') return value;
        if (member === 'createReadStream') return value.bind(target);
        return async (...given: unknown[]) => {
          if (member === 'close') await target.close();
          await hook(`${String(member)} ${subject}`);
          return member === 'close' ? undefined : value.apply(target, given);
        };
      },
    });
  },
  rename: async (from, to) => {
    await hook('rename');
    await rename(from, to);
  },
  unlink: async (name) => {
    await hook('unlink');
    await unlink(name);
  },
});

/** The calls of a replacement in which nothing fails. */
const callsOf = async (): Promise<readonly string[]> => {
  const calls: string[] = [];
  await replaceFile(
    await readSnapshot(path),
    NEW,
    hooked((call) => calls.push(call)),
  );
  return calls;
};

const failureOf = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CliError);
  const { message } = error as CliError;
  expect(message).not.toContain(path);
  expect(message).not.toMatch(/zz/);
  return message;
};

describe('a replaced file', () => {
  it('has the new content, and no other file is left beside it', async () => {
    expect(await replaceFile(await readSnapshot(path), NEW)).toEqual([]);
    expect(await readFile(path, 'utf8')).toBe(NEW);
    expect(await namesIn(dirname(path))).toEqual([basename(path)]);
  });

  it('is filled, given its owner and mode, and synced under another name before it gets the old one’s', async () => {
    const calls = await callsOf();
    const order = ['open new', 'writeFile new', 'sync new', 'close new', 'open old', 'rename'];
    expect(calls.filter((call) => order.includes(call))).toEqual(order);
    expect(calls.slice(calls.indexOf('rename'))).toEqual([
      ...['rename', 'open folder', 'sync folder', 'close folder'],
    ]);
  });

  it.each(['600', '640', '644', '400', '660', '604'])('keeps the mode %s', async (octal) => {
    const mode = Number.parseInt(octal, 8);
    await chmod(path, mode);
    const warnings = await replaceFile(await readSnapshot(path), NEW);
    expect((await stat(path)).mode & 0o7777).toBe(mode);
    const others = `others than its owner can read the file (mode ${octal}); chmod 600 ends that`;
    expect(warnings).toEqual((mode & 0o044) === 0 ? [] : [others]);
  });

  it.each(['600', '644', '400'])('has the mode that is asked for, and not %s', async (octal) => {
    await chmod(path, Number.parseInt(octal, 8));
    expect(await replaceFile(await readSnapshot(path), NEW, undefined, 0o600)).toEqual([]);
    expect((await stat(path)).mode & 0o7777).toBe(0o600);
  });

  it('says nothing of a mode where the file system has none', async () => {
    await chmod(path, 0o644);
    const fs = hooked(() => {});
    const open: FileSystem['open'] = async (name, flags, mode) => {
      const handle = await fs.open(name, flags, mode);
      const show = async (): Promise<Stats> =>
        Object.assign(await nodeFs.stat(name), { mode: 0o100666 });
      return new Proxy(handle, {
        get: (target, member) => (member === 'stat' ? show : Reflect.get(target, member)),
      });
    };
    const plain = { ...fs, open };
    expect(await replaceFile(await readSnapshot(path, plain), NEW, plain)).toEqual([]);
  });

  it('gets the owner and the group of the old one, where they are not those of a new one', async () => {
    const snapshot = await readSnapshot(path);
    const stats = Object.assign(Object.create(Object.getPrototypeOf(snapshot.stats)), {
      ...snapshot.stats,
      uid: 4711,
      gid: 4712,
    }) as Stats; // a copy of one
    const given: unknown[] = [];
    const fs = hooked(() => {});
    const open: FileSystem['open'] = async (name, flags, mode) => {
      const handle = await fs.open(name, flags, mode);
      const isNew = String(name).endsWith('.zepcli-new');
      const members: { readonly [member: string | symbol]: unknown } = {
        chown: async (...ids: unknown[]) => given.push(...ids),
        ...(isNew ? {} : { stat: async () => stats }),
      };
      return new Proxy(handle, {
        get: (target, member) => members[member] ?? Reflect.get(target, member),
      });
    };
    await replaceFile({ ...snapshot, stats }, NEW, { ...fs, open });
    expect(given).toEqual([4711, 4712]);
    expect(await readFile(path, 'utf8')).toBe(NEW);
  });

  it('is the one that symbolic links lead to; they stay', async () => {
    const folder = dirname(fileWith(''));
    await symlink(path, join(folder, 'one'));
    await symlink('one', join(folder, 'two'));
    await replaceFile(await readSnapshot(join(folder, 'two')), NEW);
    expect(await readFile(path, 'utf8')).toBe(NEW);
    expect((await nodeFs.lstat(path)).isSymbolicLink()).toBe(false);
    expect((await nodeFs.lstat(join(folder, 'two'))).isSymbolicLink()).toBe(true);
    expect(await namesIn(dirname(path))).toEqual([basename(path)]);
    expect(await namesIn(folder)).toEqual(['file', 'one', 'two']);
  });

  it('loses its second name, which is said', async () => {
    await link(path, `${path}.backup`);
    const warnings = await replaceFile(await readSnapshot(path), NEW);
    expect(warnings).toEqual([
      'the file had a second name (a hard link), which still has the old content',
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
  it('is named by what is wrong with it', async () => {
    expect(await failureOf(readSnapshot(`${path}.no`))).toContain('cannot be read (ENOENT)');
    expect(await failureOf(readSnapshot(dirname(path)))).toContain('is not a regular file');
    expect(await failureOf(readSnapshot('/dev/null'))).toContain('is not a regular file');
    expect(await failureOf(readSnapshot(`${path}\0`))).toContain('cannot be read (ERR_');
    await symlink('loop', join(dirname(path), 'loop'));
    const loop = readSnapshot(join(dirname(path), 'loop'));
    expect(await failureOf(loop)).toContain('cannot be read (ELOOP)');
    await symlink('gone', join(dirname(path), 'dangling'));
    const dangling = readSnapshot(join(dirname(path), 'dangling'));
    expect(await failureOf(dangling)).toContain('cannot be read (ENOENT)');
  });
});

describe('when a step fails', () => {
  const STEPS = [
    ...['open new', 'stat new', 'writeFile new', 'chmod new', 'sync new', 'close new'],
    ...['realpath', 'open old', 'stat old', 'close old', 'rename'],
  ];

  it('there is no other step before the new name than those that are made to fail here', async () => {
    await chmod(path, 0o640);
    const calls = await callsOf();
    expect(calls.slice(0, calls.indexOf('rename') + 1)).toEqual(STEPS);
  });

  it.each(STEPS)('%s: the old file is as it was, and no other is left', async (step) => {
    await chmod(path, 0o640);
    const before = await stat(path);
    const snapshot = await readSnapshot(path);
    const fs = hooked((call) => {
      if (call === step) throw errorWith('EIO');
    });
    expect(await failureOf(replaceFile(snapshot, NEW, fs))).toContain('(EIO)');
    expect(await readFile(path, 'utf8')).toBe(OLD);
    expect(await stat(path)).toMatchObject({ ino: before.ino, mode: before.mode });
    expect(await namesIn(dirname(path))).toEqual([basename(path)]);
  });

  it('a folder that cannot be synced is no failure: the file is replaced by then', async () => {
    for (const step of ['open folder', 'sync folder', 'close folder']) {
      const fs = hooked((call) => {
        if (call === step) throw errorWith('EPERM');
      });
      await replaceFile(await readSnapshot(path), step, fs);
      expect(await readFile(path, 'utf8')).toBe(step);
    }
  });

  it.each([
    ['EBUSY', 'rename', 'mounted on its own, as into a container'],
    ['ENOSPC', 'writeFile new', 'the disk is full; make room'],
    ['ENOSPC', 'sync new', 'the disk is full; make room'],
    ['EDQUOT', 'close new', 'the quota of the disk is used up'],
    ['EROFS', 'open new', 'its file system is read-only'],
    ['EACCES', 'open new', 'a user who may write in its folder'],
    ['EPERM', 'rename', 'as the owner of the file and of its folder'],
  ])('%s of %s is said with what to do', async (code, step, advice) => {
    const fs = hooked((call) => {
      if (call === step) throw errorWith(code);
    });
    const message = await failureOf(replaceFile(await readSnapshot(path), NEW, fs));
    expect(message).toContain(`cannot be replaced (${code}): `);
    expect(message).toContain(advice);
    if (step !== 'open new') expect(message).toMatch(/; it is as it was$/);
    expect(await readFile(path, 'utf8')).toBe(OLD);
  });

  it('an owner that cannot be given is said as that', async () => {
    const snapshot = await readSnapshot(path);
    const foreign = { ...snapshot, stats: { ...snapshot.stats, uid: 4711 } as Stats };
    const fs = hooked((call) => {
      if (call === 'chown new') throw errorWith('EPERM');
    });
    const message = await failureOf(replaceFile(foreign, NEW, fs));
    expect(message).toMatch(/has an owner or a group .* \(EPERM\); run this as its owner, or/);
    expect(await readFile(path, 'utf8')).toBe(OLD);
    expect(await namesIn(dirname(path))).toEqual([basename(path)]);
  });

  it('and the new file cannot be removed either, that is said', async () => {
    const fs = hooked((call) => {
      if (call === 'rename' || call === 'unlink') throw errorWith('EIO');
    });
    const message = await failureOf(replaceFile(await readSnapshot(path), NEW, fs));
    expect(message).toMatch(/it is as it was; remove the one with \.zepcli-new behind its name$/);
    expect(await readFile(path, 'utf8')).toBe(OLD);
  });
});

describe('a file with the name of the new one', () => {
  it.each([
    ['of a program that was cut off', () => writeFile(temporary(), 'x')],
    ['that is a symbolic link', () => symlink(path, temporary())],
    ['that is a symbolic link to nowhere', () => symlink('nowhere', temporary())],
  ])('%s stops the replacement and stays', async (_name, make) => {
    await make();
    const message = await failureOf(replaceFile(await readSnapshot(path), NEW));
    expect(message).toMatch(/another zepcli is at work, or was cut off; if none is, remove that/);
    expect(await readFile(path, 'utf8')).toBe(OLD);
    expect(await namesIn(dirname(path))).toEqual([basename(path), basename(temporary())]);
  });

  it('belongs to one of two that start at once; the other fails, and nothing is lost', async () => {
    const originals = [await readSnapshot(path), await readSnapshot(path)] as const;
    const ends = await Promise.allSettled([
      replaceFile(originals[0], `${NEW}1`),
      replaceFile(originals[1], `${NEW}2`),
    ]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = ends.findIndex(({ status }) => status === 'fulfilled') + 1;
    expect(await readFile(path, 'utf8')).toBe(`${NEW}${winner}`);
    expect(await namesIn(dirname(path))).toEqual([basename(path)]);
  });

  it('is for its owner alone until it has the mode of the old one', async () => {
    await chmod(path, 0o644);
    const modes: number[] = [];
    const look = async (call: string): Promise<void> => {
      if (call === 'writeFile new') modes.push((await stat(temporary())).mode & 0o777);
    };
    await replaceFile(await readSnapshot(path), NEW, hooked(look));
    expect(modes).toEqual([0o600]);
  });
});

describe('a file that was changed since it was read', () => {
  const OTHER = OLD.replace('old', 'xxx');
  it.each<[string, () => Promise<unknown>, string]>([
    ['its content', () => writeFile(path, OTHER), OTHER],
    ['its mode', () => chmod(path, 0o640), OLD],
    [
      'the file itself, with the same content',
      async () => {
        await writeFile(`${path}.x`, OLD, { mode: 0o600 });
        await rename(`${path}.x`, path);
      },
      OLD,
    ],
  ])('%s is left alone', async (_name, change, content) => {
    const snapshot = await readSnapshot(path);
    const fs = hooked(async (call) => {
      if (call === 'sync new') await change();
    });
    const message = await failureOf(replaceFile(snapshot, NEW, fs));
    expect(message).toContain('was changed by someone else just now; run this again');
    expect(await readFile(path, 'utf8')).toBe(content);
    expect(await namesIn(dirname(path))).toEqual([basename(path)]);
  });

  it.each([
    ['to another file', () => fileWith(OLD)],
    ['to another name of the same file', () => `${path}.second`],
  ])('or whose name leads %s now, is left alone', async (_name, makeOther) => {
    const other = makeOther();
    if (other.startsWith(path)) await link(path, other);
    await chmod(other, 0o600);
    const name = `${path}.link`;
    await symlink(path, name);
    const snapshot = await readSnapshot(name);
    await unlink(name);
    await symlink(other, name);
    expect(await failureOf(replaceFile(snapshot, NEW))).toContain('was changed by someone else');
    expect([await readFile(path, 'utf8'), await readFile(other, 'utf8')]).toEqual([OLD, OLD]);
  });
});
