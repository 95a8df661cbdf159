// The parts of a gate that may change while it runs: its configuration, its certificate, and whom its upstream is checked by.
import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { createLoader, type Loaded } from '../config.ts';
import { readBytes, toFileError } from '../files/read-text.ts';
import type { Io } from '../io/io.ts';
import type { ServeOptions } from './options.ts';

/** A configuration, and the certificate with its key where the gate speaks TLS. */
export interface GateConfig extends Loaded {
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** What an upstream over TLS is checked against, where it is not what Node trusts. */
  readonly upstreamCa: Buffer | undefined;
}

/** How long a file has to be the same before it is taken for written. */
const SETTLE_MS = 200;

/** Returns what reads the configuration of a gate, each time from its sources. */
export const createReloadableConfig = async (io: Io, options: ServeOptions) => {
  const load = await createLoader(io, options);
  /** What pipes held, which can be read only once. */
  const pipes = new Map<string, Buffer>();
  /** What a file holds, or why it cannot be read. */
  const look = async (path: string): Promise<Buffer | Error> => {
    try {
      const isFile = (await stat(path)).isFile();
      const content = (!isFile && pipes.get(path)) || (await readBytes(path));
      if (!isFile) pipes.set(path, content);
      return content;
    } catch (error) {
      return error as Error;
    }
  };
  /** Each file that a `…_FILE` variable or an option names, as it was read last. */
  let seen = new Map<string, Buffer | Error>();

  const readSeen = async (path: string): Promise<Buffer> => {
    const found = await look(path);
    seen.set(path, found);
    if (found instanceof Error) throw found;
    return found;
  };
  const readOption = async (path: string | undefined): Promise<Buffer | undefined> => {
    if (path === undefined) return undefined;
    return readSeen(path).catch((error: unknown) => {
      throw toFileError('read', path, error);
    });
  };
  const lookAgain = async (): Promise<typeof seen> => {
    const found: typeof seen = new Map();
    for (const path of seen.keys()) found.set(path, await look(path));
    return found;
  };
  return {
    /** Reads everything. @throws {AuthError} with every problem, {CliError} when a file cannot be read */
    read: async (): Promise<GateConfig> => {
      seen = new Map();
      const loaded = await load(readSeen);
      const upstreamCa = await readOption(options.upstreamCa);
      const [cert, key] = [await readOption(options.tlsCert), await readOption(options.tlsKey)];
      return { ...loaded, upstreamCa, tls: cert && key && { cert, key } };
    },
    /** Whether one of the files has changed since, and is not being written just now. */
    hasChanged: async (): Promise<boolean> => {
      const found = await lookAgain();
      if (isDeepStrictEqual(found, seen)) return false;
      await setTimeout(SETTLE_MS);
      return isDeepStrictEqual(await lookAgain(), found);
    },
  };
};
