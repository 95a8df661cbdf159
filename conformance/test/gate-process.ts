// `zepcli serve` as it is built and shipped, in a process, and what the system knows about that process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const zepcli = fileURLToPath(new URL('../../packages/cli/zepcli.cjs', import.meta.url));
const built = fileURLToPath(new URL('../../packages/cli/dist/bin.cjs', import.meta.url));

/** Whether the system describes other processes in files. */
export const HAS_PROC: boolean = existsSync('/proc/self/status');

export interface Memory {
  readonly nowMiB: number;
  /** The most that it has ever used. */
  readonly peakMiB: number;
}

interface End {
  /** The exit code, or the signal that killed it. */
  readonly end: number | string | null;
  readonly stderr: string;
}

export interface GateProcess {
  readonly port: number;
  readonly memory: () => Memory;
  /** How many files and sockets it has open. */
  readonly openFiles: () => number;
  /** Sends SIGTERM and waits for the end. Does nothing to a gate that has ended. */
  readonly stop: () => Promise<End>;
  /** Sends SIGHUP, which reloads the configuration. */
  readonly hangUp: () => void;
  /** Standard error so far. */
  readonly stderr: () => string;
  /** Resolves when standard error matches. */
  readonly said: (pattern: RegExp) => Promise<void>;
}

/** Runs another command of zepcli to its end. */
export const runZepcli = async (
  args: readonly string[],
  { env = {}, input = '' }: { readonly env?: Record<string, string>; readonly input?: string } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> => {
  const child = spawn(process.execPath, [zepcli, ...args], { env });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>, // a code, or null after a signal
  ]);
  return { code, stdout, stderr };
};

/** Starts the gate on a free port and waits until it listens. */
/** The log of a gate without the lines of its start and its end. */
export const logOf = (stderr: string): readonly string[] =>
  stderr
    .split('\n')
    .filter((line) => line !== '' && !/^\S+Z (?:started as |stopping: |stopped$)/.test(line));

export const startGateProcess = async (
  upstreamUrl: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<GateProcess> => {
  if (!existsSync(built)) throw new Error('zepcli is not built: run `npx turbo run build` first');
  const child = spawn(
    process.execPath,
    [zepcli, 'serve', '--upstream', upstreamUrl, '--port', '0', ...args],
    {
      env: { ...env, NODE_OPTIONS: '--unhandled-rejections=strict' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({
    end: (code ?? signal) as number | string | null, // one of the two is set, as Node documents
    stderr,
  }));
  const failed = ended.then((end) => {
    throw new Error(`the gate ended before it listened: ${JSON.stringify(end)}`);
  });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    failed,
  ])) as [string];
  failed.catch(() => {}); // from here on the test decides what an end means
  const readMiB = (field: string): number => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  };
  return {
    port: Number(/:(\d+)$/.exec(line)?.[1]),
    memory: () => ({ nowMiB: readMiB('VmRSS'), peakMiB: readMiB('VmHWM') }),
    openFiles: () => readdirSync(`/proc/${child.pid}/fd`).length,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    hangUp: () => child.kill('SIGHUP'),
    stderr: () => stderr,
    said: async (pattern) => {
      while (!pattern.test(stderr)) await once(child.stderr, 'data');
    },
  };
};
