#!/usr/bin/env node
// The program: it lends the process to a run and takes its exit code.
// Never anything else.
import { run } from './run.ts';

process.title = 'zepcli'; // as operators look for it, in place of the runtime's name
const controller = new AbortController();
let isAwaited = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    controller.abort();
    // Nobody is there to end in good order: the signal does what it would have done.
    if (!isAwaited) process.kill(process.pid, signal);
  });
}
// A pipe that was closed early, as by `head`, is no error.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const { env, stdin, stdout, stderr } = process;
process.exitCode = await run(process.argv.slice(2), {
  env,
  stdin,
  stdout,
  stderr,
  /** Whoever takes it sees to the end. */
  get signal() {
    isAwaited = true;
    return controller.signal;
  },
  onHangup: (listener) => {
    process.on('SIGHUP', listener);
    return () => process.off('SIGHUP', listener);
  },
});
