// `zepcli env`: the secret in the form in which a place takes it. It never makes one, and never prints one that it writes.
import { judgeSecret } from '@zep-auth/core';
import * as option from '../argv/options.ts';
import { type Command, defineCommand, stdinArgument } from '../command.ts';
import { decodeKey, encodingOf, loadKeyring, type SecretSource } from '../config.ts';
import { TARGET_NAMES, TARGETS, type Target, type TargetName } from '../env/targets.ts';
import { variablesFor } from '../env/variables.ts';
import { isCliError, UsageError } from '../io/errors.ts';
import { type Io, log, printJson, quote, toWord, warn, write } from '../io/io.ts';

/** What people call these places, too. */
const ALIASES: { readonly [word: string]: TargetName } = {
  '.env': 'dotenv',
  docker: 'compose',
  k8s: 'kubernetes',
  kubectl: 'kubernetes',
  cloudflare: 'wrangler',
};

const findTarget = async (place: string | undefined): Promise<TargetName> => {
  const word = place?.toLowerCase();
  const found = TARGET_NAMES.find((name) => name === word);
  if (found !== undefined) return found;
  const places = `one of ${TARGET_NAMES.join(', ')}`;
  if (place === undefined || word === undefined) throw new UsageError('env needs a place', places);
  const { findNear } = await import('../argv/suggest.ts');
  const other = Object.hasOwn(ALIASES, word) ? ALIASES[word] : findNear(word, TARGET_NAMES);
  const hint = other === undefined ? places : `did you mean \`zepcli env ${other}\`?`;
  throw new UsageError(`env has no place ${quote(place)}`, hint);
};

/** What a file has of a secret. */
interface Standing {
  readonly standing?: string | undefined;
  readonly encoding?: string | undefined;
}

/** The secret that is given; without one, the secret that stands in the file. */
const findSecret = async (
  io: Io,
  source: SecretSource,
  { standing, encoding }: Standing = {},
): Promise<{ readonly text: string; readonly encoding: string | undefined }> => {
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
    'replace-secret': option.needing(
      'write',
      option.flag('replace another secret in the file, with a backup'),
    ),
    json: option.json,
  },
  examples: [
    ['zepcli secret | zepcli env dotenv --write .env -', 'a new secret in .env'],
    ['zepcli env kubernetes | kubectl apply -f -', 'a Secret with the secret in ZEP_AUTH_SECRET'],
  ],
  run: async ({ place: first, stdin: second, ...args }, io) => {
    const [place, stdin] = first === '-' ? [second, first] : [first, second];
    const name = await findTarget(place);
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
    await writer?.write(secret, variables, args);
    if (writer !== undefined) log(io, `${quote(writer.path)} is written`);
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
