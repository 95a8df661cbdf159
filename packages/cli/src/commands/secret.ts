// `zepcli secret`: a new secret on standard output.
// Never writes it anywhere else.
import { generateSecret } from '@zep-auth/core';
import { type Command, defineCommand, json, text } from '../command.ts';
import { print, UsageError } from '../io/io.ts';

export const secret: Command = defineCommand({
  options: { bytes: text('random bytes, 32 to 1024 (default 64)'), json },
  examples: [
    ['zepcli secret > secret.txt', 'a new secret in a file'],
    ['zepcli secret --bytes 32 --json', 'a shorter one, as JSON'],
  ],
  run: async ({ bytes = '64', json }, io) => {
    const count = /^\d{1,4}$/.test(bytes) ? Number(bytes) : 0;
    if (count < 32 || count > 1024) {
      throw new UsageError('--bytes takes a whole number from 32 to 1024');
    }
    const made = generateSecret({ bytes: count });
    print(io, json ? JSON.stringify({ secret: made }) : made);
    return 0;
  },
});
