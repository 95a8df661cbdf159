// Replaces a small file: same owner, group and mode, whole or not at all.
import { constants } from 'node:fs';
import { open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from '../io/errors.ts';
import { quote, toWord } from '../io/io.ts';
import { toFileError } from './read-text.ts';

export type Snapshot = Awaited<ReturnType<typeof readSnapshot>>;

const MAX_BYTES = 262_144;

/** The end of the new file's name until it replaces the old one. */
const SUFFIX = '.zepcli-new';

const HINTS: { readonly [code: string]: string } = {
  EACCES: 'the new file is made beside it: run this as a user who may write in its folder',
  EPERM: 'run this as the owner of the file and of its folder, or as root',
  EBUSY: 'it is a separate mount, as in a container: run this on the host, or mount its folder',
  EROFS: 'run this where the file system can be written',
  ENOSPC: 'make room on the disk; the file is as it was',
  EDQUOT: 'make room in the quota; the file is as it was',
  EEXIST: `another zepcli is changing the file, or one was killed: then remove the file that ends with ${SUFFIX}`,
};

/**
 * Reads a file; `path` is where the name leads, past symbolic links.
 *
 * @throws {CliError} when it cannot be read, is not a regular file, or is larger than 256 KiB
 */
export const readSnapshot = async (name: string) => {
  try {
    const path = await realpath(name);
    const stats = await stat(path); // before it is opened: reading a pipe would wait for its other end
    if (!stats.isFile()) {
      const hint = stats.isDirectory()
        ? 'name a file in it'
        : 'name a file, not a pipe or a device';
      throw new CliError('ERR_FILE', `${quote(name)} is not a regular file`, hint);
    }
    if (stats.size > MAX_BYTES) {
      throw new CliError('ERR_FILE', `${quote(name)} is larger than 256 KiB`);
    }
    return { name, path, stats, content: await readFile(path) };
  } catch (error) {
    throw toFileError('read', name, error);
  }
};

/** @throws {CliError} when the name leads to another file now, or to one that was changed */
const assertUnchanged = async ({ name, path, content, stats }: Snapshot): Promise<void> => {
  const now = await readSnapshot(name);
  const isSame =
    now.path === path &&
    now.content.equals(content) &&
    (['dev', 'ino', 'mode', 'uid', 'gid'] as const).every((key) => now.stats[key] === stats[key]);
  if (isSame) return;
  const message = `${quote(name)} was changed by another program just now`;
  throw new CliError('ERR_FILE', message, 'run this again');
};

/** Makes the rename durable. Not every system can open a folder for that. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, constants.O_RDONLY).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close().catch(() => {});
};

/**
 * Replaces a file, unless it was changed since it was read, and returns warnings. The new one has the old one's mode,
 * or the one that is given.
 *
 * @throws {CliError} that says why it did not; the file is as it was
 */
export const replaceFile = async (
  snapshot: Snapshot,
  content: string,
  mode: number = snapshot.stats.mode & 0o7777,
): Promise<readonly string[]> => {
  const { name, path, stats } = snapshot;
  const temporary = path + SUFFIX;
  const handle = await open(temporary, 'wx', 0o600).catch((error: unknown) => {
    throw toFileError('replace', name, error, HINTS);
  });
  try {
    try {
      const made = await handle.stat();
      if (made.uid !== stats.uid || made.gid !== stats.gid) {
        await handle.chown(stats.uid, stats.gid);
      }
      await handle.writeFile(content);
      await handle.chmod(mode); // last: a change of owner and a write clear bits of the mode
      await handle.sync();
    } finally {
      await handle.close();
    }
    await assertUnchanged(snapshot);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw toFileError('replace', name, error, HINTS);
  }
  await syncFolder(dirname(path));
  return [
    ...((mode & 0o044) !== 0 && process.platform !== 'win32'
      ? [`other users can read ${quote(name)}; run: chmod 600 ${toWord(name)}`]
      : []),
    ...(stats.nlink > 1
      ? [`${quote(name)} had a second name (a hard link), which still has the old content`]
      : []),
  ];
};
