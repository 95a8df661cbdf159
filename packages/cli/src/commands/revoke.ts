// `zepcli revoke`: a token is refused from now on, by every gate that shares the store.
import { AuthError, createVerifier, isAuthError, type Keyring } from '@zep-auth/core';
import { createRevocationList, type Revocation } from '@zep-auth/server';
import { parse } from 'dotenv';
import * as option from '../argv/options.ts';
import { type Command, defineCommand, tokenArgument } from '../command.ts';
import {
  createVariableReader,
  loadKeyring,
  type SecretSource,
  STORE_VARIABLE,
  toOption,
} from '../config.ts';
import { assertOneInput, decodeText } from '../io/decode-text.ts';
import { CliError, UsageError } from '../io/errors.ts';
import { type Io, log, print, printJson, quote, toWord, warn } from '../io/io.ts';
import { openStore, type Store, useStore } from '../store.ts';
import { membersOf, toDigest } from '../tokens/decode.ts';
import { formatTime } from '../tokens/format-time.ts';
import { assertWholeToken, readToken } from '../tokens/token-input.ts';

/** Asks an API with a token, which stays out of the list of processes. */
const CHECK = `printf 'Authorization: Bearer %s' "$(cat token.txt)" | curl -i -H @- https://api.example.com/v1`;

/** What is revoked, and its name in `ZEP_AUTH_REVOKED`, where it may also stand by its digest. */
interface Target {
  readonly revocation: Revocation;
  readonly name: string;
  readonly digest?: string;
  readonly record: Io['env'];
}

interface Claims {
  readonly jti?: unknown;
  readonly exp?: number;
}

/** Whether an id can stand in a list of them, and on a screen, as it is. */
const isPlain = (jti: string): boolean => /^(?!sha-?256)[\w.:@/+=-]{1,256}$/i.test(jti);

/** The claims of a token that the secret has signed: anyone can make up another. */
const readGenuine = async (keyring: Keyring, token: string): Promise<Claims> => {
  try {
    // As tolerant as any gate may be.
    return (await createVerifier({ keyring, clockToleranceSeconds: 300 }).verify(token)).claims;
  } catch (error) {
    if (!isAuthError(error)) throw error;
    if (error.code === 'ERR_TOKEN_NOT_YET_VALID') return membersOf(token, 'claims');
    throw new AuthError(error.code, `${error.message}, so there is nothing to revoke`);
  }
};

interface RevokeOptions extends SecretSource {
  readonly jti?: string | undefined;
  readonly token?: string;
}

/** What is to be revoked. An id alone needs no secret. `command` is the command line so far. */
const findTarget = async (
  io: Io,
  command: string,
  { jti, token, ...source }: RevokeOptions,
): Promise<Target> => {
  if (jti !== undefined && token !== undefined)
    throw new UsageError('a token and --jti are given', 'give one of them');
  // An argument that is not a token is an id.
  const id = jti ?? (/^(?!ey[AJ])[\w:-]{2,}$/.test(token ?? '') ? token : undefined);
  if (id !== undefined) {
    const hint = /^sha-?256/i.test(id)
      ? 'it is the digest of a token: give the token, or change ZEP_AUTH_REVOKED'
      : 'it has no white space and no comma';
    if (!isPlain(id)) throw new UsageError(`--jti ${quote(id)} is not an id`, hint);
    const { read } = await createVariableReader(io, source);
    return { revocation: { jti: id }, name: id, record: await read() };
  }
  assertOneInput('the token', source.secretFile, token ?? '-');
  const text = await readToken(io, command, token);
  assertWholeToken(text);
  const { keyring, record } = await loadKeyring(io, source);
  const claims = await readGenuine(keyring, text);
  if (Object.keys(claims).length === 0) {
    warn(
      io,
      'all tokens of `zepcli -i` with one secret are this same text, so all of them are meant; `zepcli rotate` makes another secret',
    );
  }
  const exp = claims.exp === undefined ? {} : { exp: claims.exp };
  const own = typeof claims.jti === 'number' ? String(claims.jti) : claims.jti;
  const digest = toDigest(text);
  if (typeof own !== 'string') return { revocation: { token: text, ...exp }, name: digest, record };
  return { revocation: { jti: own, ...exp }, name: isPlain(own) ? own : digest, digest, record };
};

const VARIABLE = 'ZEP_AUTH_REVOKED';

/** The list of revoked names with the target in it, or without it. */
const editList = (list: string | undefined, { name, digest }: Target, undo: boolean): string => {
  const names = (list ?? '').split(',').map((entry) => entry.trim());
  const isIt = (entry: string): boolean => entry === name || entry === digest;
  if (!undo && names.some(isIt)) return list ?? '';
  const others = names.filter((entry) => entry !== '' && !isIt(entry));
  return [...others, ...(undo ? [] : [name])].join(',');
};

/** Edits the list of a file of variables; `false` where it is right already. */
const editFile = async (io: Io, path: string, target: Target, undo: boolean): Promise<boolean> => {
  const { findVariable, setVariable } = await import('../files/env-file-edit.ts');
  const { readSnapshot, replaceFile } = await import('../files/replace-file.ts');
  const { warnOfOthers } = await import('../files/env-file.ts');
  const snapshot = await readSnapshot(path);
  const old = decodeText(io, snapshot.content, quote(path));
  const found = findVariable(old, VARIABLE);
  const value = editList(found?.value, target, undo);
  const to = value === '' ? undefined : { value, isBare: found?.isBare !== false };
  const text = setVariable(old, VARIABLE, to, 'ZEP_AUTH_SECRET');
  const warnings = text === old ? [] : await replaceFile(snapshot, text);
  for (const warning of warnings) warn(io, warning);
  warnOfOthers(io, { [VARIABLE]: '', ...parse(text) });
  return text !== old;
};

const RELOAD =
  'reload every gate that reads it (kill -HUP), restart each app that does not read the file itself';

/** What a store would be told, for one that only other tools can reach, such as Workers KV. */
const toEntry = async (revocation: Revocation, undo: boolean): Promise<object> => {
  const entry = {};
  const list = createRevocationList({
    storage: {
      getItem: () => null,
      setItem: (key, value, { ttl }) => Object.assign(entry, { key, value, ttl }),
      removeItem: (key) => Object.assign(entry, { key }),
    },
  });
  await (undo ? list.restore(revocation) : list.revoke(revocation));
  return entry;
};

const MISSING = `${STORE_VARIABLE} is not set`;

const printList = async (io: Io, source: SecretSource, asJson: boolean): Promise<number> => {
  const { read } = await createVariableReader(io, source);
  const store = await openStore(await read());
  if (store === undefined) throw new CliError('ERR_STORE', MISSING, 'it names the store to list');
  const entries = await useStore(store, async () => {
    const found: { readonly key: string; readonly until: number | null }[] = [];
    for (const key of (await store.getKeys()).filter((it) => /^r:[\da-f]{64}$/.test(it)).sort()) {
      const value = String(await store.storage.getItem(key));
      const until = Number(/^until (\d+)\.$/.exec(value)?.[1] ?? Number.POSITIVE_INFINITY);
      if (until < Date.now() / 1000) continue;
      found.push({ key, until: Number.isFinite(until) ? until : null });
    }
    return found;
  });
  if (asJson) await printJson(io, { ok: true, action: 'list', entries });
  for (const { key, until } of asJson ? [] : entries)
    await print(io, `${key}  until ${until === null ? '--undo' : formatTime(until)}`);
  const count = `${entries.length} revoked in ${quote(store.name)}`;
  log(io, `${count}; a key is the digest of a token or an id`);
  return 0;
};

/** What is asked of a target. */
interface Request {
  readonly action: 'revoke' | 'undo';
  readonly undo: boolean;
  readonly json: boolean;
}

const writeVariable = async (
  io: Io,
  target: Target,
  { action, undo, json }: Request,
  file: string,
): Promise<number> => {
  const { name, revocation } = target;
  const isChanged = await editFile(io, file, target, undo);
  const said = { ok: true, action, name, exp: revocation.exp, file };
  await (json ? printJson(io, said) : print(io, name));
  const before = undo ? 'does not have it' : 'has it already';
  log(io, `${quote(file)} ${isChanged ? 'is written' : before}`);
  log(io, `next: ${RELOAD}`);
  return 0;
};

/** Says what has to be set, and where, without a store. `command` would write it to a file. */
const printVariable = async (
  io: Io,
  target: Target,
  { action, undo, json }: Request,
  command: string,
): Promise<number> => {
  const { revocation, name, digest, record } = target;
  const entry = await toEntry(revocation, undo);
  await (json ? printJson(io, { ok: false, action, name, ...entry }) : print(io, name));
  log(io, `error: ${MISSING}, so nothing is done yet`);
  const what = name === digest || 'token' in revocation ? '< token.txt' : toWord(name);
  const line = `${VARIABLE}=${editList(record[VARIABLE], target, undo)}`;
  log(
    io,
    `hint: \`${command} ${what}\` writes it to a file; or set this on each server:\n  ${line}`,
  );
  log(io, `then ${RELOAD}`);
  return 3;
};

const writeStore = async (
  io: Io,
  { name, revocation }: Target,
  { action, undo, json }: Request,
  store: Store,
): Promise<number> => {
  const { exp } = revocation;
  let wasRevoked = false;
  const removeItem = async (key: string): Promise<void> => {
    wasRevoked ||= ((await store.storage.getItem(key)) ?? undefined) !== undefined;
    await store.storage.removeItem(key);
  };
  await useStore(store, () => {
    const storage = { ...store.storage, removeItem };
    const revocations = createRevocationList({ storage, timeoutSeconds: 10 });
    return undo ? revocations.restore(revocation) : revocations.revoke(revocation);
  });
  await (json ? printJson(io, { ok: true, action, name, exp }) : print(io, name));
  // Whether a token has the id that was given is not known here.
  const whose = 'jti' in revocation ? `: each token whose jti is ${quote(name)}` : '';
  const until = exp === undefined ? `--undo${whose}` : `the token expires, ${formatTime(exp)}`;
  if (undo && !wasRevoked)
    warn(io, `it was not revoked in ${quote(store.name)}: check the id, and which store it is`);
  else log(io, undo ? 'no longer revoked' : `revoked until ${until}`);
  log(io, 'gates started with --revocations on this store know it within 10 seconds');
  if (!undo) log(io, `check that it gets 401:\n  ${CHECK}`);
  return 0;
};

export const command: Command = defineCommand({
  positionals: [{ ...tokenArgument, describe: 'the token, or its id; without it, standard input' }],
  options: {
    jti: option.text('<id>', 'the id of the token, instead of the token'),
    undo: option.flag('undo the revocation'),
    list: option.flag('list what is revoked in the store'),
    write: option.file('put it into ZEP_AUTH_REVOKED of this .env file, not into the store'),
    ...option.source,
    json: option.json,
  },
  examples: [
    ['zepcli revoke < token.txt', 'revoke a token, in the store of ZEP_AUTH_STORE_URL'],
    ['zepcli revoke 0b1e7c3a-9d0e-4b8a-8f6e-2c1d0b9a8e7f', 'revoke it by its id (jti)'],
    ['zepcli revoke --write .env < token.txt', 'without a store: in ZEP_AUTH_REVOKED'],
  ],
  run: async ({ undo, list, json, write, ...given }, io) => {
    const args = { ...given, dotenv: given.dotenv ?? write };
    if (list) {
      if (undo || [write, args.jti, args.token].some((one) => one !== undefined))
        throw new UsageError(
          '--list goes with no token, --jti, --undo or --write',
          `zepcli revoke --list${toOption(args)}`,
        );
      return printList(io, args, json);
    }
    const request: Request = { action: undo ? 'undo' : 'revoke', undo, json };
    const command = undo ? 'revoke --undo' : 'revoke';
    const place = write === undefined ? toOption(args) : ` --write ${toWord(write)}`;
    const target = await findTarget(io, `${command}${place}`, args);
    if (write !== undefined) return writeVariable(io, target, request, write);
    const store = await openStore(target.record);
    const writing = `zepcli ${command} --write ${toWord(args.dotenv ?? '.env')}`;
    return store === undefined
      ? printVariable(io, target, request, writing)
      : writeStore(io, target, request, store);
  },
});
