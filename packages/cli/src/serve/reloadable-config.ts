// The parts of a running gate that may change: they are read again on demand, and when one of their files has changed.
// What is wrong leaves what runs as it is.
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { createLoader, type Loaded, type SecretSource } from '../config.ts';
import { toReadError } from '../files/read-text.ts';
import { toReports } from '../io/errors.ts';
import type { Io } from '../io/io.ts';

/** A configuration, and the certificate with its key where the gate speaks TLS. */
export interface GateConfig extends Loaded {
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** What an upstream over TLS is checked against, where it is not what Node trusts. */
  readonly upstreamCa: Buffer | undefined;
}

export interface ConfigSource extends SecretSource {
  /** `--tls-cert` and `--tls-key`: both or none. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly upstreamCa: string | undefined;
}

/** Told how a reload has ended. What `onReload` throws is a failure too. */
export interface ReloadListener {
  readonly onReload: (settings: GateConfig) => Promise<void>;
  readonly onFailure: (reason: string) => void;
}

export interface ReloadableConfig {
  readonly first: GateConfig;
  /** Reads everything again. */
  readonly reload: () => Promise<void>;
  /** The same, if the content of a file has changed that a `…_FILE` variable or an option names. */
  readonly reloadIfChanged: () => Promise<void>;
}

/** How long a file has to be the same before it is taken for written. */
const SETTLE_MS = 200;

type Found = Buffer | NodeJS.ErrnoException;

/** What a file holds, or why it cannot be read. */
const look = (path: string): Promise<Found> =>
  readFile(path).catch((error: NodeJS.ErrnoException) => error);

const isSame = (a: Found, b: Found | undefined): boolean =>
  Buffer.isBuffer(a)
    ? Buffer.isBuffer(b) && a.equals(b)
    : !Buffer.isBuffer(b) && a.code === b?.code;

/**
 * Reads the settings of a gate, which can be read again.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem
 * @throws {CliError} when a file cannot be read
 */
export const createReloadableConfig = async (
  io: Io,
  source: ConfigSource,
  { onReload, onFailure }: ReloadListener,
): Promise<ReloadableConfig> => {
  const load = await createLoader(io, source);
  let seen = new Map<string, Found>();

  const read = async (path: string): Promise<Buffer> => {
    const found = await look(path);
    seen.set(path, found);
    if (Buffer.isBuffer(found)) return found;
    throw found;
  };
  const readOption = (path: string): Promise<Buffer> =>
    read(path).catch((error: unknown) => {
      throw toReadError(path, error);
    });
  const readAll = async (): Promise<GateConfig> => {
    seen = new Map();
    const { tlsCert, tlsKey, upstreamCa } = source;
    const config = {
      ...(await load(read)),
      upstreamCa: upstreamCa === undefined ? undefined : await readOption(upstreamCa),
    };
    if (tlsCert === undefined || tlsKey === undefined) return { ...config, tls: undefined };
    const cert = await readOption(tlsCert);
    return { ...config, tls: { cert, key: await readOption(tlsKey) } };
  };

  const reload = async (): Promise<void> => {
    try {
      await onReload(await readAll());
    } catch (error) {
      onFailure(
        toReports(error)
          .map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`))
          .join('; '),
      );
    }
  };
  /** Whether a file has changed, and is not being written just now. */
  const hasChanged = async (): Promise<boolean> => {
    const found = new Map<string, Found>();
    for (const path of seen.keys()) found.set(path, await look(path));
    const changed = [...found].filter(([path, content]) => !isSame(content, seen.get(path)));
    if (changed.length === 0) return false;
    await setTimeout(SETTLE_MS);
    for (const [path, content] of changed) if (!isSame(await look(path), content)) return false;
    return true;
  };
  // One after the other, so that the last to begin is the last to count.
  let queue = Promise.resolve();
  const enqueue = (task: () => Promise<void>): Promise<void> => {
    queue = queue.then(task);
    return queue;
  };
  const first = await readAll();
  return {
    first,
    reload: () => enqueue(reload),
    reloadIfChanged: () =>
      enqueue(async () => {
        if (await hasChanged()) await reload();
      }),
  };
};
