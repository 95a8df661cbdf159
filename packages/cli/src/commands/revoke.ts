// `zepcli revoke`: a token is refused from now on, by every gate that shares the store.
import { createRevocationList, type Revocation } from '@zep-auth/server';
import * as option from '../argv/options.ts';
import { type Command, defineCommand, tokenArgument } from '../command.ts';
import { createVariableReader, type SecretSource, STORE_VARIABLE, toOption } from '../config.ts';
import { CliError, UsageError } from '../io/errors.ts';
import { type Io, log, print, printJson, quote, toWord, warn } from '../io/io.ts';
import { explainShared, findTarget, isArgument, type Target } from '../revoke/target.ts';
import { editFile, editList, VARIABLE } from '../revoke/variable.ts';
import { openStore, type Store, useStore } from '../store.ts';
import { formatTime } from '../tokens/format-time.ts';

/** Asks an API with a token, which stays out of the list of processes. */
const CHECK = `printf 'Authorization: Bearer %s' "$(cat token.txt)" | curl -i -H @- https://api.example.com/v1`;

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
