// `zepcli env`: the secret in the form in which a place takes it. It never makes one, and never prints one that it writes.
import { judgeSecret } from '@zep-auth/core';
import * as option from '../argv/options.ts';
import { type Command, defineCommand, stdinArgument } from '../command.ts';
import { decodeKey, encodingOf, loadKeyring, type SecretSource } from '../config.ts';
import { TARGET_NAMES, TARGETS, type Target, type TargetName } from '../env/targets.ts';
import { variablesFor } from '../env/variables.ts';
import { isCliError, UsageError } from '../io/errors.ts';
import { type Io, log, printJson, quote, toWord, warn, write } from '../io/io.ts';
import { choose, isInteractive } from '../io/prompts.ts';

const PLACES = `one of ${TARGET_NAMES.join(', ')}`;

/** What people call these places, too. */
const ALIASES: { readonly [word: string]: TargetName } = {
  '.env': 'dotenv',
  docker: 'compose',
  k8s: 'kubernetes',
  kubectl: 'kubernetes',
  cloudflare: 'wrangler',
};

const pickTarget = async (
  io: Io,
  place: string | undefined,
  isQuiet: boolean,
): Promise<TargetName> => {
  const found = TARGET_NAMES.find((name) => name === place?.toLowerCase());
  if (found !== undefined) return found;
  if (place !== undefined) {
    const { findNear } = await import('../argv/suggest.ts');
    const other = Object.entries(ALIASES).find(([word]) => word === place.toLowerCase())?.[1];
    const near = other ?? findNear(place, TARGET_NAMES);
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

interface Secret {
  readonly text: string;
  readonly encoding: string | undefined;
}

/** The secret that is given; without one, the secret that stands in the file. */
const findSecret = async (
  io: Io,
  source: SecretSource,
  {
    standing,
    encoding,
  }: { readonly standing?: string | undefined; readonly encoding?: string | undefined } = {},
): Promise<Secret> => {
  try {
    const { record, secrets } = await loadKeyring(io, source);
    if (record['ZEP_AUTH_SECRET_PREVIOUS'] || record['ZEP_AUTH_SECRET_PREVIOUS_FILE']) {
      warn(io, 'only the current secret is written: no previous secrets, no other settings');
    }
    // A file that names an encoding already is told that this secret has none.
    return { text: secrets.current, encoding: encodingOf(record) ?? (encoding && 'utf8') };
  } catch (error) {
    const isMissing = isCliError(error) && error.code === 'ERR_SECRET_MISSING';
    if (isMissing && standing) return { text: standing, encoding };
    throw error;
  }
};

export const command: Command = defineCommand({
  positionals: [
    { name: 'place', describe: TARGET_NAMES.join(', '), words: TARGET_NAMES },
    stdinArgument,
  ],
  options: {
    ...option.source,
    ...option.writing,
    'replace-secret': option.flag('replace another secret in the file, with a backup'),
    json: option.json,
  },
  examples: [
    ['zepcli secret | zepcli env dotenv --write .env -', 'a new secret in .env'],
    ['zepcli env kubernetes | kubectl apply -f -', 'a Secret with the secret in ZEP_AUTH_SECRET'],
  ],
  run: async ({ place: first, stdin: second, ...args }, io) => {
    const [place, stdin] = first === '-' ? [second, first] : [first, second];
    const name = await pickTarget(io, place, args.yes);
    const target: Target = TARGETS[name];
    const writer =
      args.write === undefined
        ? undefined
        : await (await import('../env/write-target.ts')).openTarget(io, name, args.write);
    const { text: secret, encoding } = await findSecret(io, { ...args, stdin }, writer);
    const key = decodeKey({ ZEP_AUTH_SECRET_ENCODING: encoding }, secret);
    const isWeak = judgeSecret(key).some(({ rule }) => rule === 'too-short');
    const variables = variablesFor(secret, isWeak, encoding);
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
