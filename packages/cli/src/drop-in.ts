// What Zep's zepcli does: `-i` and `-v`.
// Never loads a parser, which would take more time than the rest.
import manifest from '../package.json' with { type: 'json' };
import { type Io, print } from './io.ts';

export const runInit = async (io: Io, asJson: boolean): Promise<number> =>
  (await import('./commands/init.ts')).init(io, asJson);

export const printVersion = async (io: Io): Promise<number> => {
  print(io, `zep-cli version ${manifest.version}`);
  return 0;
};

/** What is carried out where it stands alone on the command line. */
export const DROP_IN: ReadonlyMap<string, (io: Io) => Promise<number>> = new Map([
  ['-i', (io) => runInit(io, false)],
  ['--init-jwt', (io) => runInit(io, false)],
  ['-v', printVersion],
  ['--version', printVersion],
]);
