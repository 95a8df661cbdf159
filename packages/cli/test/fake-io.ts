// A world of its own for each run: what is said is kept, what is asked for is handed in.
// Never touches the process's own streams or environment.
import { EventEmitter } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { Io } from '../src/io/io.ts';
import { run } from '../src/run.ts';

/** A stream that keeps what is written to it. */
class Capture extends Writable {
  text = '';
  isTTY = false;
  readonly #waiting = new Set<() => void>();

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    for (const look of this.#waiting) look();
    done();
  }

  /** Resolves as soon as the text so far matches. */
  until(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!pattern.test(this.text)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

export interface Surroundings {
  readonly env?: Io['env'];
  /** What comes in on standard input, to its end; or a stream, such as a terminal. */
  readonly stdin?: string | Uint8Array | Io['stdin'];
  readonly signal?: AbortSignal;
  /** Whether standard output and standard error are shown to a person. */
  readonly isWatched?: boolean;
}

export interface FakeIo extends Io {
  /** Asks for the configuration to be read anew, as SIGHUP does. */
  readonly hangUp: () => void;
  readonly stdout: Capture;
  readonly stderr: Capture;
}

export const fakeIo = (around: Surroundings = {}): FakeIo => {
  const { env = {}, stdin = '', signal, isWatched = false } = around;
  const hangups = new EventEmitter();
  const [stdout, stderr] = [new Capture(), new Capture()];
  stdout.isTTY = isWatched;
  stderr.isTTY = isWatched;
  return {
    onHangup: (listener) => {
      hangups.on('hangup', listener);
      return () => hangups.off('hangup', listener);
    },
    hangUp: () => void hangups.emit('hangup'),
    env,
    stdin:
      typeof stdin === 'string' || stdin instanceof Uint8Array
        ? Readable.from([Buffer.from(stdin)], { objectMode: false })
        : stdin,
    stdout,
    stderr,
    signal: signal ?? new AbortController().signal,
  };
};

/** A terminal: what a test writes to it is typed. */
export const terminal = (): PassThrough & { readonly isTTY: true } =>
  Object.assign(new PassThrough(), { isTTY: true as const, setRawMode: () => {} });

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line to its end. */
export const runCli = async (argv: readonly string[], around: Surroundings = {}): Promise<Ran> => {
  const io = fakeIo(around);
  const code = await run(argv, io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
};
