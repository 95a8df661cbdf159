// Many lines on standard output, made as fast as they are read and no faster. A pipe that is closed early ends them.
import { CliError, causeOf } from '../io/errors.ts';
import { type Io, isClosedPipe } from '../io/io.ts';

const DELAY_MS = 500;
const INTERVAL_MS = 100;

/** Shows how much is done. */
export interface Progress {
  readonly show: (done: number) => void;
  readonly clear: () => void;
}

/** Counts up to `total` on standard error, where that is a terminal and the data goes elsewhere. */
export const createProgress = ({ stdout, stderr }: Io, total: number): Progress => {
  const isWatched = stderr.isTTY === true && stdout.isTTY !== true;
  const format = (count: number): string => count.toLocaleString('en');
  let next = performance.now() + DELAY_MS;
  let isShown = false;
  return {
    show: (done) => {
      if (!isWatched || performance.now() < next) return;
      next = performance.now() + INTERVAL_MS;
      isShown = true;
      stderr.write(`\r${format(done)} of ${format(total)}`);
    },
    clear: () => {
      if (isShown) stderr.write('\r\u001b[K');
    },
  };
};

/** How many lines are made at once, and written at once. */
const BATCH = 64;

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
  const progress = createProgress(io, count);
  let done = 0;
  let failure: unknown;
  let isClosed = false;
  io.stdout.once('close', () => {
    isClosed = true;
  });
  while (done < count && failure === undefined && !isClosed) {
    const size = Math.min(BATCH, count - done);
    const lines = await Promise.all(Array.from({ length: size }, make));
    failure = await new Promise((resolve) => {
      io.stdout.once('close', resolve);
      io.stdout.write(lines.map((line) => `${line}\n`).join(''), (error) => {
        io.stdout.off('close', resolve);
        resolve(error ?? undefined);
      });
    });
    done += size;
    progress.show(done);
  }
  progress.clear();
  if (failure === undefined || isClosedPipe(failure)) return done;
  throw new CliError('ERR_OUTPUT', `cannot write to standard output: ${causeOf(failure)}`);
};
