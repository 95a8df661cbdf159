// `zepcli serve` as it is built and shipped, a process of its own.
// Never leaves one running: whoever starts one stops it in an after hook.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const zepcli = fileURLToPath(new URL('../../packages/cli/zepcli.js', import.meta.url));
const built = fileURLToPath(new URL('../../packages/cli/dist/bin.js', import.meta.url));

export interface Serving {
  readonly port: number;
  /** Ends it and resolves with all that it said on standard error. */
  readonly stop: () => Promise<string>;
}

/** Starts the gate on a free port and waits until it listens. */
export const startServe = async (secret: string, args: readonly string[]): Promise<Serving> => {
  if (!existsSync(built)) throw new Error('zepcli is not built: run `npx turbo run build` first');
  const child = spawn(process.execPath, [zepcli, 'serve', '--port', '0', ...args], {
    env: { ZEP_AUTH_SECRET: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stderr = text(child.stderr);
  const closed = once(child, 'close').then(() => stderr);
  const failed = closed.then((said) => {
    throw new Error(`serve ended before it listened: ${said}`);
  });
  const lines = once(createInterface({ input: child.stdout }), 'line');
  const [line] = (await Promise.race([lines, failed])) as [string];
  failed.catch(() => {}); // from here on it ends because it is told to
  return {
    port: Number(/:(\d+)$/.exec(line)?.[1]),
    stop: () => {
      child.kill('SIGTERM');
      return closed;
    },
  };
};
