// `zepcli revoke`: a token is refused from now on, by every gate that shares the store.
import { createHash } from 'node:crypto';
import { AuthError, createVerifier, isAuthError, type Keyring } from '@zep-auth/core';
import { createRevokedCheck, toRevokedIds } from '@zep-auth/core/internal';
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
import { parseExactly, toText } from '../tokens/exact-json.ts';
import { formatTime } from '../tokens/format-time.ts';
import { assertWholeToken, readToken } from '../tokens/token-input.ts';

/** Asks an API with a token, which stays out of the list of processes. */
const CHECK = `printf 'Authorization: Bearer %s' "$(cat token.txt)" | curl -i -H @- https://api.example.com/v1`;

/** What is revoked, and its name in `ZEP_AUTH_REVOKED`. */
interface Target {
  readonly revocation: Revocation;
  /** All by which a store may have revoked it. */
  readonly revocations: readonly Revocation[];
  readonly name: string;
  /** A token by its text. */
  readonly digest?: string;
  /** What a gate is asked about: the token with its claims, or a token with each id that is meant. */
  readonly asked: readonly (readonly [token: string, claims: Claims])[];
  readonly record: Io['env'];
}

interface Claims {
  readonly jti?: unknown;
  readonly exp?: number;
}

/** Whether an id means others too: JSON reads `1.0` as 1, and rounds large numbers. */
const isShared = (id: string): boolean =>
  toRevokedIds(id).length > 1 || Math.abs(Number(id)) > Number.MAX_SAFE_INTEGER;

/** Whether an id can stand in a list of them, and on a screen, as it is. */
const isPlain = (jti: string): boolean => /^(?!sha-?256)[\w.:@/+=-]{1,256}$/i.test(jti);

/** Whether an argument is an id: it is not a token, and not as long as a secret; a digest gets its own hint. */
const isArgument = (text: string): boolean =>
  /^(?!ey[AJ]|-$)(?:[\w:-]{1,39}|[\d.]{1,39}(?:e[+-]?\d{1,3})?|sha-?256.*)$/i.test(text);

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
  const id = jti ?? (token !== undefined && isArgument(token) ? token : undefined);
  if (id !== undefined) {
    const hint = /^sha-?256/i.test(id)
      ? 'it is the digest of a token: give the token, or change ZEP_AUTH_REVOKED'
      : 'it has no white space and no comma';
    if (!isPlain(id)) throw new UsageError(`--jti ${quote(id)} is not an id`, hint);
    const { read } = await createVariableReader(io, source);
    const asked = toRevokedIds(id).map((one) => ['', { jti: one }] as const);
    const revocation = { jti: id };
    return { revocation, revocations: [revocation], name: id, asked, record: await read() };
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
  const digest = toDigest(text);
  const { jti: given } = membersOf(text, 'claims', parseExactly);
  const own = ['string', 'number'].includes(typeof claims.jti) ? toText(given) : undefined;
  const byText = { token: text, ...exp };
  const common = { digest, asked: [[text, claims]], record } as const;
  if (own === undefined)
    return { ...common, revocation: byText, revocations: [byText], name: digest };
  const byId = { jti: own, ...exp };
  const revocations = [byText, byId];
  if (isShared(own)) return { ...common, revocation: byText, revocations, name: digest };
  return { ...common, revocation: byId, revocations, name: isPlain(own) ? own : digest };
};

/** Says where an id would revoke, or revokes, more than one token. */
const explainShared = (io: Io, { revocation: { jti }, revocations }: Target): void => {
  if (jti !== undefined && isShared(jti))
    warn(
      io,
      `each token whose jti JSON reads as ${Number(jti)} is revoked; give a token to revoke it alone`,
    );
  const own = revocations[1]?.jti;
  if (jti === undefined && own !== undefined)
    log(
      io,
      `by its digest: its jti ${quote(own)} may mean other tokens too, as JSON rounds numbers`,
    );
};

const VARIABLE = 'ZEP_AUTH_REVOKED';

const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** Whether entries of the variable revoke what is asked about: one of it, or each. */
const isRevokedBy = async (
  entries: readonly string[],
  { asked }: Target,
  each: boolean,
): Promise<boolean> => {
  const check = createRevokedCheck(entries, { sha256 });
  const answers = await Promise.all(asked.map((one) => check(...one)));
  return each ? answers.every(Boolean) : answers.some(Boolean);
};

/** The list with the target in it, or without each entry that revokes it, `taken`. */
const editList = async (list = '', target: Target, undo: boolean) => {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (!undo) {
    const isDone = await isRevokedBy(entries, target, true);
    return { value: isDone ? list : [...entries, target.name].join(','), taken: [] };
  }
  const kept: string[] = [];
  const taken: string[] = [];
  for (const entry of entries)
    ((await isRevokedBy([entry], target, false)) ? taken : kept).push(entry);
  return { value: taken.length === 0 ? list : kept.join(','), taken };
};

/** Edits the list of a file of variables. Returns whether that changed it, and what was taken out. */
const editFile = async (io: Io, path: string, target: Target, undo: boolean) => {
  const { findVariable, setVariable } = await import('../files/env-file-edit.ts');
  const { readSnapshot, replaceFile } = await import('../files/replace-file.ts');
  const { warnOfOthers } = await import('../files/env-file.ts');
  const snapshot = await readSnapshot(path);
  const old = decodeText(io, snapshot.content, quote(path));
  const found = findVariable(old, VARIABLE);
  const { value, taken } = await editList(found?.value, target, undo);
  const to = value === '' ? undefined : { value, isBare: found?.isBare !== false };
  const text = setVariable(old, VARIABLE, to, 'ZEP_AUTH_SECRET');
  const warnings = text === old ? [] : await replaceFile(snapshot, text);
  for (const warning of warnings) warn(io, warning);
  warnOfOthers(io, { [VARIABLE]: '', ...parse(text) });
  return { isChanged: text !== old, taken };
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
  const { isChanged, taken } = await editFile(io, file, target, undo);
  const said = { ok: true, action, name, exp: revocation.exp, file };
  await (json ? printJson(io, said) : print(io, name));
  const before = undo ? 'does not have it' : 'has it already';
  log(io, `${quote(file)} ${isChanged ? 'is written' : before}`);
  const others = taken.filter((entry) => entry !== name);
  if (others.length > 0)
    log(io, `taken out, since it revoked the same: ${others.map(quote).join(', ')}`);
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
  const what =
    name === digest || 'token' in revocation
      ? '< token.txt'
      : isArgument(name)
        ? name
        : `--jti ${toWord(name)}`;
  const line = `${VARIABLE}=${(await editList(record[VARIABLE], target, undo)).value}`;
  log(
    io,
    `hint: \`${command} ${what}\` writes it to a file; or set this on each server:\n  ${line}`,
  );
  log(io, `then ${RELOAD}`);
  return 3;
};

const writeStore = async (
  io: Io,
  target: Target,
  { action, undo, json }: Request,
  store: Store,
): Promise<number> => {
  const { name, revocation, revocations, record } = target;
  const { exp } = revocation;
  let wasRevoked = false;
  const removeItem = async (key: string): Promise<void> => {
    wasRevoked ||= ((await store.storage.getItem(key)) ?? undefined) !== undefined;
    await store.storage.removeItem(key);
  };
  await useStore(store, async () => {
    const storage = { ...store.storage, removeItem };
    const list = createRevocationList({ storage, timeoutSeconds: 10 });
    if (!undo) return list.revoke(revocation);
    for (const one of revocations) await list.restore(one);
  });
  await (json ? printJson(io, { ok: true, action, name, exp }) : print(io, name));
  // Whether a token has the id that was given is not known here.
  const whose = 'jti' in revocation ? `: each token whose jti is ${quote(name)}` : '';
  const until = exp === undefined ? `--undo${whose}` : `the token expires, ${formatTime(exp)}`;
  if (undo && !wasRevoked)
    warn(io, `it was not revoked in ${quote(store.name)}: check the id, and which store it is`);
  else log(io, undo ? 'no longer revoked' : `revoked until ${until}`);
  if (undo && (await editList(record[VARIABLE], target, undo)).taken.length > 0)
    warn(io, `${VARIABLE} revokes it too: take it out of there with --write`);
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
    if (!undo) explainShared(io, target);
    if (write !== undefined) return writeVariable(io, target, request, write);
    const store = await openStore(target.record);
    const writing = `zepcli ${command} --write ${toWord(args.dotenv ?? '.env')}`;
    return store === undefined
      ? printVariable(io, target, request, writing)
      : writeStore(io, target, request, store);
  },
});
