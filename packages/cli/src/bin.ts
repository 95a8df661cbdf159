#!/usr/bin/env node
// The program: it hands the process to a run, and takes its exit code.
import { fstatSync, read } from 'node:fs';
import type { Io } from './io/io.ts';
import { run } from './run.ts';

process.title = 'zepcli'; // the name that operators look for
const controller = new AbortController();
let isAwaited = false;
let stdin: Io['stdin'] | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    controller.abort();
    // Without a command that ends in good order, the signal does what it does by default.
    if (!isAwaited) process.kill(process.pid, signal);
  });
}

/** A stream of the process, which is slow to make; what fails is reported by the callback of each write. */
const open = (name: 'stdout' | 'stderr') =>
  process[name].listenerCount('error') > 0 ? process[name] : process[name].on('error', () => {});

/** Reads standard input as it comes; it is left to Node where another process made it non-blocking. */
async function* readInput(): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(65_536);
  const readSome = (): Promise<number> =>
    new Promise((resolve, reject) => {
      read(0, buffer, 0, buffer.length, null, (error, n) => (error ? reject(error) : resolve(n)));
    });
  try {
    for (let size = await readSome(); size > 0; size = await readSome())
      yield Buffer.from(buffer.subarray(0, size));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    yield* process.stdin;
  }
}

/** Standard input. For a pipe Node would load all that a socket needs, a fifth of the time of a bare start. */
const openInput = (): Io['stdin'] => {
  const stats = process.platform === 'win32' ? undefined : fstatSync(0);
  const isPlain = stats?.isFIFO() || stats?.isSocket() || stats?.isFile();
  if (!isPlain) return process.stdin;
  return process.getBuiltinModule('node:stream').Readable.from(readInput());
};

void run(process.argv.slice(2), {
  env: process.env,
  get stdin() {
    stdin ??= openInput();
    return stdin;
  },
  get stdout() {
    return open('stdout');
  },
  get stderr() {
    return open('stderr');
  },
  get signal() {
    isAwaited = true;
    return controller.signal;
  },
  onHangup: (listener) => {
    process.on('SIGHUP', listener);
    return () => process.off('SIGHUP', listener);
  },
}).then((exitCode) => {
  process.exitCode = exitCode;
});
