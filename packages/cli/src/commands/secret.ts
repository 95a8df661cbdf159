// `zepcli secret`: a new secret on standard output, or in a file.
import { generateSecret } from '@zep-auth/core';
import * as option from '../argv/options.ts';
import { type Command, defineCommand } from '../command.ts';
import { log, print, printJson, quote } from '../io/io.ts';

export const command: Command = defineCommand({
  options: {
    bytes: option.integer('<n>', 'random bytes, 32 to 1024 (default 64)', [32, 1024], 64),
    ...option.writing,
    json: option.json,
  },
  examples: [
    ['zepcli secret --write secret.txt', 'a new secret in a file'],
    ['zepcli secret | gh secret set ZEP_AUTH_SECRET', 'a new secret for another tool'],
  ],
  run: async ({ bytes, json, ...options }, io) => {
    const made = generateSecret({ bytes });
    if (options.write === undefined) {
      if (json) await printJson(io, { ok: true, secret: made });
      else await print(io, made);
      return 0;
    }
    const { assertReplaceable, readPlace, writeFile } = await import('../files/write-file.ts');
    const place = await readPlace(io, options.write);
    assertReplaceable(place, options.force);
    await writeFile(io, place, `${made}\n`);
    if (json) await printJson(io, { ok: true, file: options.write });
    log(io, `the secret is in ${quote(options.write)}`);
    return 0;
  },
});
