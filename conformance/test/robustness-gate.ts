// `zepcli serve` as it is built and shipped, a process of its own, and what the system knows about it.
// Never leaves one running: whoever starts one ends it in an after hook.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SECRET } from './robustness-tokens.ts';

const zepcli = fileURLToPath(new URL('../../packages/cli/zepcli.js', import.meta.url));
const built = fileURLToPath(new URL('../../packages/cli/dist/bin.js', import.meta.url));

/** Whether the system tells about another process through files. */
export const HAS_PROC: boolean = existsSync('/proc/self/status');

export interface Memory {
  readonly nowMiB: number;
  /** The most that it has ever been. */
  readonly peakMiB: number;
}

export interface GateProcess {
  readonly port: number;
  readonly memory: () => Memory;
  /** How many files and sockets it has open. */
  readonly openFiles: () => number;
  readonly terminate: () => void;
  /** Asks it to read its configuration anew. */
  readonly hangUp: () => void;
  /** All that it has said on standard error so far. */
  readonly stderr: () => string;
  /** Resolves when standard error matches. */
  readonly said: (pattern: RegExp) => Promise<void>;
  /** Resolves with the exit code, or the signal that killed it, and all that it said on standard error. */
  readonly ended: Promise<{ readonly end: number | string | null; readonly stderr: string }>;
}

/** Carries out another command of zepcli in a process of its own, and returns what it printed. */
export const runZepcli = async (
  args: readonly string[],
  { env = {}, input = '' }: { readonly env?: Record<string, string>; readonly input?: string } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> => {
  const child = spawn(process.execPath, [zepcli, ...args], { env });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>, // a code, or null behind a signal
  ]);
  return { code, stdout, stderr };
};

/** Starts the gate on a free port and waits until it listens. */
export const startGateProcess = async (
  upstreamUrl: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = { ZEP_AUTH_SECRET: SECRET },
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
    end: (code ?? signal) as number | string | null, // one of the two is there, by Node's documentation
    stderr,
  }));
  const failed = ended.then((how) => {
    throw new Error(`the gate ended before it listened: ${JSON.stringify(how)}`);
  });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    failed,
  ])) as [string];
  failed.catch(() => {}); // from here on an end is what the test makes of it
  const readMiB = (field: string): number => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  };
  return {
    port: Number(/:(\d+)$/.exec(line)?.[1]),
    memory: () => ({ nowMiB: readMiB('VmRSS'), peakMiB: readMiB('VmHWM') }),
    openFiles: () => readdirSync(`/proc/${child.pid}/fd`).length,
    terminate: () => child.kill('SIGTERM'),
    hangUp: () => child.kill('SIGHUP'),
    stderr: () => stderr,
    said: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!pattern.test(stderr)) return;
          child.stderr.off('data', look);
          resolve();
        };
        child.stderr.on('data', look);
        look();
      }),
    ended,
  };
};
