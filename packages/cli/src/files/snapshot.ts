// A small file that is going to be replaced, as it is now.
// Never reads what is no file, or without end.
import { constants, type Stats } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { CliError } from '../io/io.ts';
import { toReadError } from './read-text.ts';

/** What reading and replacing need of `node:fs/promises`. */
export type FileSystem = Pick<typeof nodeFs, 'open' | 'realpath' | 'rename' | 'unlink'>;

/** A file as it was read. */
export interface Snapshot {
  /** What messages call it: its name may be a secret that was put in the wrong place. */
  readonly what: string;
  /** The path that was given; it may lead over symbolic links. */
  readonly name: string;
  /** The file itself. */
  readonly path: string;
  readonly content: Buffer;
  readonly stats: Stats;
}

/** What the file is called that `rotate` changes. */
export const WHAT = 'the file that --env-file names';

const MAX_BYTES = 262_144;

// What Windows lacks is undefined there, and counts as 0.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

const read = async (name: string, fs: FileSystem, what: string): Promise<Snapshot> => {
  const path = await fs.realpath(name);
  // A pipe is opened without waiting for its other end.
  const handle = await fs.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new CliError(`${what} is not a regular file`);
    const chunks: Buffer[] = [];
    const stream = handle.createReadStream({ end: MAX_BYTES, autoClose: false });
    for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
    const content = Buffer.concat(chunks);
    if (content.length > MAX_BYTES) throw new CliError(`${what} is larger than 256 KiB`);
    return { what, name, path, content, stats };
  } finally {
    await handle.close();
  }
};

/**
 * Reads a file that is going to be replaced. Symbolic links are followed.
 *
 * @throws {CliError} when it cannot be read, is no regular file, or is too large
 */
export const readSnapshot = (
  name: string,
  fs: FileSystem = nodeFs,
  what: string = WHAT,
): Promise<Snapshot> =>
  read(name, fs, what).catch((error: unknown) => {
    if (error instanceof CliError) throw error;
    throw toReadError(what, error);
  });

/** @throws {CliError} when the name leads to another file now, or to one that was changed */
export const assertUnchanged = async (snapshot: Snapshot, fs: FileSystem): Promise<void> => {
  const now = await readSnapshot(snapshot.name, fs, snapshot.what);
  const isSame =
    now.path === snapshot.path &&
    now.content.equals(snapshot.content) &&
    (['dev', 'ino', 'mode', 'uid', 'gid'] as const).every(
      (member) => now.stats[member] === snapshot.stats[member],
    );
  if (!isSame)
    throw new CliError(`${snapshot.what} was changed by someone else just now; run this again`);
};
