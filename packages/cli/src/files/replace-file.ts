// Puts a new file in the place of a small one: same owner, group and mode, whole or not at all.
// Never writes into the old file: whatever fails, it is there as it was.
import { constants } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError, codeOf } from '../io/io.ts';
import { assertUnchanged, type FileSystem, type Snapshot } from './snapshot.ts';

/** Behind the name of the new file, until it has the old one's. */
const SUFFIX = '.zepcli-new';

// What Windows lacks is undefined there, and counts as 0.
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

const ADVICE: { readonly [code: string]: string } = {
  EACCES: 'a new one is made beside it, so run this as a user who may write in its folder',
  EPERM: 'run this as the owner of the file and of its folder',
  EBUSY:
    'it is mounted on its own, as into a container; run this where it comes from, or mount its folder instead',
  EROFS: 'its file system is read-only; run this where it is not',
  ENOSPC: 'the disk is full; make room',
  EDQUOT: 'the quota of the disk is used up; make room',
};

const explain = (error: unknown, what: string): string => {
  if (error instanceof CliError) return error.message;
  const advice = ADVICE[codeOf(error)];
  return `${what} cannot be replaced (${codeOf(error)})${advice === undefined ? '' : `: ${advice}`}`;
};

const create = (path: string, fs: FileSystem, what: string): Promise<nodeFs.FileHandle> =>
  fs.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw new CliError(explain(error, what));
    throw new CliError(
      `beside ${what} is one with ${SUFFIX} behind its name: another zepcli is at work, or was cut off; if none is, remove that one`,
    );
  });

/** Makes the new file what the old one is, and says whether its mode means anything here. */
const fill = async (
  handle: nodeFs.FileHandle,
  { stats, what }: Snapshot,
  content: string,
  mode: number,
): Promise<boolean> => {
  const made = await handle.stat();
  if (made.uid !== stats.uid || made.gid !== stats.gid) {
    await handle.chown(stats.uid, stats.gid).catch((error: unknown) => {
      throw new CliError(
        `${what} has an owner or a group that this user cannot give to a new one (${codeOf(error)}); run this as its owner, or as root`,
      );
    });
  }
  await handle.writeFile(content);
  // Last, since a change of owner and a write take bits of the mode away.
  if ((made.mode & 0o7777) !== mode) await handle.chmod(mode);
  await handle.sync();
  return (made.mode & 0o077) === 0;
};

/** Makes the new name last through a power cut, where a folder can be opened for that. */
const syncFolder = async (folder: string, fs: FileSystem): Promise<void> => {
  const handle = await fs.open(folder, O_RDONLY).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close().catch(() => {});
};

const findWarnings = ({ stats }: Snapshot, mode: number, hasModes: boolean): string[] => {
  const text = (mode & 0o777).toString(8);
  return [
    ...(hasModes && (mode & 0o044) !== 0
      ? [`others than its owner can read the file (mode ${text}); chmod 600 ends that`]
      : []),
    ...(stats.nlink > 1
      ? ['the file had a second name (a hard link), which still has the old content']
      : []),
  ];
};

/**
 * Replaces a file, unless it was changed since it was read, and returns warnings. The new one has the old one's mode,
 * or the one that is given.
 *
 * @throws {CliError} that says why it did not, and what to do
 */
export const replaceFile = async (
  snapshot: Snapshot,
  content: string,
  fs: FileSystem = nodeFs,
  mode: number = snapshot.stats.mode & 0o7777,
): Promise<string[]> => {
  const temporary = snapshot.path + SUFFIX;
  const handle = await create(temporary, fs, snapshot.what);
  let hasModes: boolean;
  try {
    try {
      hasModes = await fill(handle, snapshot, content, mode);
    } finally {
      await handle.close();
    }
    await assertUnchanged(snapshot, fs);
    await fs.rename(temporary, snapshot.path);
  } catch (error) {
    const rest = await fs.unlink(temporary).then(
      () => '',
      () => `; remove the one with ${SUFFIX} behind its name`,
    );
    throw new CliError(`${explain(error, snapshot.what)}; it is as it was${rest}`);
  }
  await syncFolder(dirname(snapshot.path), fs);
  return findWarnings(snapshot, mode, hasModes);
};
