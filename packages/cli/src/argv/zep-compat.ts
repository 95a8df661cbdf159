// What Zep's zepcli does: `-i` and `-v`. It needs no parser, which would take more time than the rest.
import manifest from '../../package.json' with { type: 'json' };
import type { InitOptions } from '../commands/init.ts';
import { type Io, print, printJson } from '../io/io.ts';

export const runInit = async (io: Io, options: InitOptions): Promise<number> =>
  (await import('../commands/init.ts')).init(io, options);

export const printVersion = async (io: Io, asJson: boolean): Promise<number> => {
  const { version } = manifest;
  if (asJson) await printJson(io, { ok: true, version });
  else await print(io, `zep-cli version ${version}`);
  return 0;
};

const init = (io: Io) => runInit(io, {});
const version = (io: Io) => printVersion(io, false);

/** Command lines that are carried out without a parser. */
export const ZEP_COMPAT: ReadonlyMap<string, (io: Io) => Promise<number>> = new Map([
  ['-i', init],
  ['--init-jwt', init],
  ['-v', version],
  ['-V', version],
  ['--version', version],
  ['version', version],
]);
