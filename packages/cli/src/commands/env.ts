// `zepcli env`: the secret in the form in which a place takes it. It never makes one, and never prints one that it writes.
import { judgeSecret } from '@zep-auth/core';
import {
  type Command,
  defineCommand,
  dotenv,
  flag,
  json,
  secretFile,
  stdinArgument,
  writing,
} from '../command.ts';
import { loadKeyring, type SecretSource } from '../config.ts';
import { TARGET_NAMES, TARGETS, type Target, type TargetName } from '../env/targets.ts';
import { variablesFor } from '../env/variables.ts';
import { isCliError, UsageError } from '../io/errors.ts';
import { type Io, log, printJson, quote, toWord, warn, write } from '../io/io.ts';
import { choose, isInteractive } from '../io/prompts.ts';

const PLACES = `one of ${TARGET_NAMES.join(', ')}`;

const pickTarget = async (
  io: Io,
  place: string | undefined,
  isQuiet: boolean,
): Promise<TargetName> => {
  const found = TARGET_NAMES.find((name) => name === place?.toLowerCase());
  if (found !== undefined) return found;
  if (place !== undefined) {
    const near = (await import('../argv/suggest.ts')).findNear(place, TARGET_NAMES);
    const hint = near === undefined ? PLACES : `did you mean \`zepcli env ${near}\`?`;
    throw new UsageError(`env has no place ${quote(place)}`, hint);
  }
  if (isQuiet || !isInteractive(io)) throw new UsageError('env needs a place', PLACES);
  const options = TARGET_NAMES.map((value) => ({
    value,
    label: `${value.padEnd(12)} ${TARGETS[value].hint}`,
  }));
  return choose(io, 'Where does the server run?', options);
};

/** The secret that is given; without one, the secret that stands in the file. */
const findSecret = async (
  io: Io,
  source: SecretSource,
  standing: string | undefined,
): Promise<string> => {
  try {
    const { record, secrets } = await loadKeyring(io, source);
    if (record['ZEP_AUTH_SECRET_PREVIOUS'] || record['ZEP_AUTH_SECRET_PREVIOUS_FILE']) {
      warn(io, 'only the current secret is written: no previous secrets, no other settings');
    }
    return secrets.current;
  } catch (error) {
    const isMissing = isCliError(error) && error.code === 'ERR_SECRET_MISSING';
    if (isMissing && standing) return standing;
    throw error;
  }
};

export const env: Command = defineCommand({
  positionals: [
    { name: 'place', describe: TARGET_NAMES.join(', '), words: TARGET_NAMES },
    stdinArgument,
  ],
  options: {
    'secret-file': secretFile,
    dotenv,
    ...writing,
    'replace-secret': flag('replace another secret in the file, with a backup'),
    json,
  },
  examples: [
    ['zepcli secret | zepcli env dotenv --write .env -', 'a new secret in .env'],
    ['zepcli env kubernetes | kubectl apply -f -', 'a Secret with the secret in ZEP_AUTH_SECRET'],
  ],
  run: async ({ place: word, stdin, ...args }, io) => {
    const isPiped = word === '-' || stdin === '-';
    const name = await pickTarget(io, word === '-' ? undefined : word, args.yes);
    const target: Target = TARGETS[name];
    const writer =
      args.write === undefined
        ? undefined
        : await (await import('../env/write-target.ts')).openTarget(io, name, args.write);
    const source = { ...args, stdin: isPiped ? '-' : stdin };
    const secret = await findSecret(io, source, writer?.standing);
    const isWeak = judgeSecret(secret).some(({ rule }) => rule === 'too-short');
    const variables = variablesFor(secret, isWeak);
    const isPointer = name === 'systemd';
    const content = target.render(variables, writer?.path);
    if (writer !== undefined) await writer.write(secret, variables, args);
    const isPrinted = writer === undefined || isPointer;
    if (args.json) {
      const written = writer !== undefined;
      await printJson(io, { ok: true, place: name, written, ...(isPrinted && { content }) });
    } else if (isPrinted) await write(io, content);
    if (writer !== undefined || io.stdout.isTTY)
      log(io, `next:\n  ${target.advise(args.write && toWord(args.write))}`);
    return 0;
  },
});
