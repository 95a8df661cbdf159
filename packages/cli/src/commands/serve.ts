// `zepcli serve`: the gate on Node, in front of an API or of the demo.
import { type Command, defineCommand } from '../command.ts';
import { UsageError } from '../io/errors.ts';
import { assertConsistent, SERVE_GROUPS, SERVE_OPTIONS } from '../serve/options.ts';

export const command: Command = defineCommand({
  positionals: [{ name: 'url', describe: 'the API to guard, as --upstream' }],
  options: SERVE_OPTIONS,
  groups: SERVE_GROUPS,
  examples: [
    ['zepcli serve http://127.0.0.1:8000', 'let only clients with a token through to an API'],
    ['zepcli serve --demo --port 0', 'try it out'],
  ],
  run: async ({ url, ...args }, io) => {
    if (url !== undefined && args.upstream !== undefined) {
      throw new UsageError('the API is given twice', 'give the URL or --upstream');
    }
    const options = { ...args, upstream: url ?? args.upstream };
    assertConsistent(options);
    const { runGate } = await import('../serve/run-gate.ts');
    return runGate(options, io);
  },
});
