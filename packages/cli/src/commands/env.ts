// `zepcli env`: the secret in the form in which a place takes it. It never makes one, and never prints one that it writes.
import { copyFile } from 'node:fs/promises';
import { judgeSecret } from '@zep-auth/core';
import { findNear } from '../argv/suggest.ts';
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
import { loadKeyring, readSecretTexts, type SecretSource } from '../config.ts';
import { TARGET_NAMES, TARGETS, type Target, type TargetName, toUnit } from '../env/targets.ts';
import { setVariables, variablesFor } from '../env/variables.ts';
import { assertReplaceable, type Place, readPlace, writeFile } from '../files/write-file.ts';
import { CliError, isCliError, UsageError } from '../io/errors.ts';
import { type Io, log, printJson, quote, warn, write } from '../io/io.ts';
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
    const near = findNear(place, TARGET_NAMES);
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
    const { record } = await loadKeyring(io, source);
    if (record['ZEP_AUTH_SECRET_PREVIOUS'] || record['ZEP_AUTH_SECRET_PREVIOUS_FILE']) {
      warn(io, 'only the current secret is written: no previous secrets, no other settings');
    }
    return (await readSecretTexts(record)).current;
  } catch (error) {
    const isMissing = isCliError(error) && error.code === 'ERR_SECRET_MISSING';
    if (isMissing && standing) return standing;
    throw error;
  }
};

/** Keeps a copy of a file whose secret is replaced. */
const backUp = async (io: Io, path: string): Promise<void> => {
  const backup = `${path}.${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.bak`;
  await copyFile(path, backup);
  log(io, `the file as it was is ${quote(backup)}`);
};

const assertSecretStays = ({ path }: Place, isReplaced: boolean, isWanted: boolean): void => {
  if (!isReplaced || isWanted) return;
  throw new CliError(
    'ERR_FILE',
    `${quote(path)} has another secret, whose tokens would be refused`,
    '`zepcli rotate` changes it without an outage; --replace-secret replaces it and keeps a backup',
  );
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
    const place = args.write === undefined ? undefined : await readPlace(io, args.write);
    const standing = place?.old === undefined ? undefined : target.find(place.old);
    const source = { ...args, stdin: isPiped ? '-' : stdin };
    const secret = await findSecret(io, source, standing);
    const isWeak = judgeSecret(secret).some(({ rule }) => rule === 'too-short');
    const variables = variablesFor(secret, isWeak);
    const isPointer = name === 'systemd';
    const content =
      isPointer && place !== undefined ? toUnit(place.path, variables) : target.render(variables);
    if (place !== undefined) {
      const isReplaced = Boolean(standing) && standing !== secret;
      assertSecretStays(place, isReplaced, args.replaceSecret);
      const isEdit = name === 'dotenv';
      const force = isEdit || args.force || args.replaceSecret;
      await assertReplaceable(io, place, { ...args, force }, 'Replace it?');
      const text = isEdit ? setVariables(place.old ?? '', variables) : content;
      if (isReplaced) await backUp(io, place.path);
      await writeFile(io, place, isPointer ? `${secret}\n` : text);
      log(io, `${quote(place.path)} is written`);
    }
    const isPrinted = place === undefined || isPointer;
    if (args.json) {
      const written = place !== undefined;
      await printJson(io, { ok: true, place: name, written, ...(isPrinted && { content }) });
    } else if (isPrinted) await write(io, content);
    if (io.stdout.isTTY || place !== undefined) log(io, `next:\n  ${target.advise(args.write)}`);
    return 0;
  },
});
