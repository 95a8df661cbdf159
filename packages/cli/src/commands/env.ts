// `zepcli env`: the secret in the form in which a place takes it.
// Never prints a secret that is written to a file, and never has the client's token beside it.
import {
  type Command,
  defineCommand,
  envFile,
  json,
  secretFile,
  stdinArgument,
  word,
  writing,
} from '../command.ts';
import { findSecret } from '../env/secret.ts';
import { TARGET_NAMES, TARGETS, type Target, type TargetName } from '../env/targets.ts';
import { createEdit, variablesFor } from '../env/variables.ts';
import { findPlace, writeFile } from '../files/write-file.ts';
import { type Io, log, UsageError } from '../io/io.ts';
import { choose, isInteractive } from '../io/prompts.ts';

const pickTarget = async (
  io: Io,
  asked: TargetName | undefined,
  isQuiet: boolean,
): Promise<TargetName> => {
  if (asked !== undefined) return asked;
  if (isQuiet || !isInteractive(io)) {
    throw new UsageError(`env needs --for: ${TARGET_NAMES.join(', ')}`);
  }
  const options = TARGET_NAMES.map((value) => ({
    value,
    label: `${value.padEnd(14)} ${TARGETS[value].hint}`,
  }));
  return choose(io, 'Where does the server run?', options);
};

/** A command line stands alone, so that it can be copied. */
const sayAdvice = (io: Io, advice: string): void => {
  for (const line of advice.split('\n')) {
    if (line.startsWith('  ')) io.stderr.write(`${line}\n`);
    else log(io, line);
  }
};

export const env: Command = defineCommand({
  argument: stdinArgument,
  options: {
    for: word(`what it is for: ${TARGET_NAMES.join(', ')}`, TARGET_NAMES, undefined),
    ...writing,
    'env-file': envFile,
    'secret-file': secretFile,
    json,
  },
  examples: [
    ['zepcli secret | zepcli env --for dotenv --write .env -', 'a new secret in a .env'],
    ['zepcli env --for kubernetes | kubectl apply -f -', 'a Secret, with ZEP_AUTH_SECRET'],
    ['zepcli env --for wrangler - < secret.txt', 'JSON for wrangler secret bulk'],
  ],
  run: async (args, io) => {
    const name = await pickTarget(io, args.for, args.yes);
    const target: Target = TARGETS[name];
    const isEdit = name === 'dotenv';
    const change = isEdit
      ? 'The file is there already. Set the variables in it? The rest stays.'
      : 'The file is there already. Replace it?';
    const place = args.write === undefined ? undefined : await findPlace(io, args, change);
    const found = await findSecret(io, args);
    const { secret, isWeak } = found;
    const variables = variablesFor(secret, isWeak);
    const isPointedAt = place !== undefined && target.isPointer === true;
    const delivery = { ...found, variables };
    const content = target.render(
      isPointedAt ? { ...delivery, path: place.path, isInEnvironment: false } : delivery,
    );
    if (place !== undefined) {
      const replacing = (): string => (isPointedAt ? secret : content);
      await writeFile(io, place, isEdit ? createEdit(io, variables) : replacing);
    }
    const isPrinted = place === undefined || isPointedAt;
    const isSeen = io.stdout.isTTY === true;
    if (args.json) {
      const written = place !== undefined;
      const data = { for: name, written, ...(isPrinted && { content }) };
      io.stdout.write(`${JSON.stringify(data)}\n`);
    } else if (isPrinted) {
      // What is not a line for a program becomes one for a person.
      io.stdout.write(isSeen && !content.endsWith('\n') ? `${content}\n` : content);
    }
    if (place !== undefined) log(io, 'the file is written');
    const advice = place === undefined ? target.advice : (target.adviceWithFile ?? target.advice);
    if (isSeen || place !== undefined) sayAdvice(io, advice);
    return 0;
  },
});
