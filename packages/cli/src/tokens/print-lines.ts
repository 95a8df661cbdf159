// Many lines on standard output, made as fast as they are read and no faster.
// Never makes lines that nobody reads: a pipe that is closed early is the end, and no failure.
import { CliError, type Io } from '../io/io.ts';
import { createProgress } from '../io/progress.ts';

/** So many lines are made at once, and written at once. */
const BATCH = 64;
const CLOSED = ['EPIPE', 'EOF', 'ECONNRESET', 'ERR_STREAM_DESTROYED'];

/**
 * Prints `count` lines and returns how many were taken.
 *
 * @throws {CliError} when standard output fails
 */
export const printLines = async (
  io: Io,
  count: number,
  make: () => Promise<string>,
): Promise<number> => {
  const { stdout } = io;
  let end: 'closed' | 'failed' | undefined;
  const ended = new Promise<void>((resolve) => {
    const onEnd = ({ code = '' }: NodeJS.ErrnoException = new Error()): void => {
      end ??= code === '' || CLOSED.includes(code) ? 'closed' : 'failed';
      resolve();
    };
    stdout.on('error', onEnd).on('close', () => onEnd());
  });
  const progress = createProgress(io, count);
  let done = 0;
  while (done < count && end === undefined) {
    const size = Math.min(BATCH, count - done);
    const lines = await Promise.all(Array.from({ length: size }, make));
    const hasRoom = stdout.write(lines.map((line) => `${line}\n`).join(''));
    if (!hasRoom) {
      await Promise.race([new Promise((resolve) => stdout.once('drain', resolve)), ended]);
    }
    done += size;
    progress.show(done);
  }
  progress.clear();
  if (end === 'failed') throw new CliError('standard output failed');
  return done;
};
