// `zepcli serve` in process. A test that starts one stops it in an after hook.
import { run } from '../src/run.ts';
import { fakeIo, type Surroundings } from './fake-io.ts';

export interface Serving {
  readonly port: number;
  readonly url: string;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The lines of the log without their times, and without those of start and stop. */
  readonly messages: () => readonly string[];
  /** Resolves when standard error matches. */
  readonly said: (pattern: RegExp) => Promise<void>;
  /** Makes it reload its configuration, as SIGHUP does. */
  readonly hangUp: () => void;
  /** Makes it end, as SIGTERM does. */
  readonly abort: () => void;
  readonly ended: Promise<number>;
  /** Makes it end, and waits for that. */
  readonly stop: () => Promise<number>;
}

/** Starts `serve` on a free port and waits until it listens. */
export const startServe = async (
  args: readonly string[],
  { env = {}, stdin = '' }: Surroundings = {},
): Promise<Serving> => {
  const controller = new AbortController();
  const io = fakeIo({ env, stdin, signal: controller.signal });
  const ended = run(['serve', '--port', '0', ...args], io);
  const failed = ended.then((code) => {
    throw new Error(`serve ended with ${code} before it listened: ${io.stderr.text}`);
  });
  await Promise.race([io.stdout.until(/\n/), failed]);
  const [, url = '', port] = /(http\S+:(\d+))\n/.exec(io.stdout.text) ?? [];
  return {
    port: Number(port),
    url,
    stdout: () => io.stdout.text,
    stderr: () => io.stderr.text,
    messages: () =>
      io.stderr.text
        .split('\n')
        .map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ''))
        .filter((line) => !/^(?:$|(?:started|stopping|stopped)\b)/.test(line)),
    said: (pattern) => io.stderr.until(pattern),
    hangUp: io.hangUp,
    abort: () => controller.abort(),
    ended,
    stop: () => {
      controller.abort();
      return ended;
    },
  };
};
