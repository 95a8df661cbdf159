// `zepcli secret`: a new secret on standard output.
// Never writes it anywhere else.
import { generateSecret } from '@zep-auth/core';
import { type Command, defineCommand, integer, json } from '../command.ts';
import { print } from '../io/io.ts';

export const secret: Command = defineCommand({
  options: { bytes: integer('random bytes, 32 to 1024 (default 64)', [32, 1024], 64), json },
  examples: [
    ['zepcli secret > secret.txt', 'a new secret in a file'],
    ['zepcli secret --bytes 32 --json', 'a shorter one, as JSON'],
  ],
  run: async ({ bytes, json }, io) => {
    const made = generateSecret({ bytes });
    print(io, json ? JSON.stringify({ secret: made }) : made);
    return 0;
  },
});
