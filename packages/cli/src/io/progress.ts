// How far long work is, on a terminal.
// Never on standard output, never where nobody watches, and nothing of it stays on the screen.
import type { Io } from './io.ts';

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
