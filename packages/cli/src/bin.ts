#!/usr/bin/env node
// The program: it hands the process to a run, and takes its exit code.
import { run } from './run.ts';

process.title = 'zepcli'; // the name that operators look for
const controller = new AbortController();
let isAwaited = false;
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

void run(process.argv.slice(2), {
  env: process.env,
  get stdin() {
    return process.stdin;
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
