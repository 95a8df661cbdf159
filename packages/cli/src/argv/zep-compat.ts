// What Zep's zepcli does: `-i` and `-v`.
// Never loads a parser, which would take more time than the rest.
import manifest from '../../package.json' with { type: 'json' };
import type { InitOptions } from '../commands/init.ts';
import { type Io, print } from '../io/io.ts';

export const runInit = async (io: Io, options: InitOptions): Promise<number> =>
  (await import('../commands/init.ts')).init(io, options);

export const printVersion = async (io: Io, asJson = false): Promise<number> => {
  const { version } = manifest;
  print(io, asJson ? JSON.stringify({ version }) : `zep-cli version ${version}`);
  return 0;
};

/** What is carried out where it stands alone on the command line. */
export const ZEP_COMPAT: ReadonlyMap<string, (io: Io) => Promise<number>> = new Map([
  ['-i', (io: Io) => runInit(io, {})],
  ['--init-jwt', (io: Io) => runInit(io, {})],
  ['-v', (io: Io) => printVersion(io)],
  ['--version', (io: Io) => printVersion(io)],
]);
