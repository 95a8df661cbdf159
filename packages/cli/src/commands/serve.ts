// `zepcli serve`: the gate on Node, in front of an API or of the demo.
import { type Command, defineCommand } from '../command.ts';
import { assertConsistent, SERVE_OPTIONS } from '../serve/options.ts';
import { runGate } from '../serve/run-gate.ts';

export const serve: Command = defineCommand({
  options: SERVE_OPTIONS,
  examples: [
    [
      'zepcli serve --upstream http://127.0.0.1:8000',
      'let only your own clients through to an API',
    ],
    ['zepcli serve --demo --port 0', 'try it out'],
  ],
  run: async (options, io) => {
    assertConsistent(options);
    return runGate(options, io);
  },
});
