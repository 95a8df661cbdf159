// `zepcli revoke`: a token is refused from now on, by every gate that shares the store.
import {
  AuthError,
  createVerifier,
  isAuthError,
  type JwtClaims,
  type Keyring,
} from '@zep-auth/core';
import { createRevocationList, type Revocation } from '@zep-auth/server';
import {
  type Command,
  defineCommand,
  dotenv,
  flag,
  json,
  secretFile,
  text,
  tokenArgument,
} from '../command.ts';
import { createVariableReader, loadKeyring, type SecretSource, STORE_VARIABLE } from '../config.ts';
import { CliError, UsageError } from '../io/errors.ts';
import { type Io, log, print, printJson, quote, warn } from '../io/io.ts';
import { openStore, type Store, toStoreError } from '../store.ts';
import { decodePart, toDigest } from '../tokens/decode.ts';
import { formatTime } from '../tokens/format-time.ts';
import { assertOneInput, readToken } from '../tokens/token-input.ts';

/** What is revoked, and its name in `ZEP_AUTH_REVOKED`. */
interface Target {
  readonly revocation: Revocation;
  readonly name: string;
}

/** Only a token that the secret has signed is revoked: anyone can make up another. */
const assertGenuine = async (keyring: Keyring, token: string): Promise<void> => {
  try {
    // As tolerant as any gate may be.
    await createVerifier({ keyring, clockToleranceSeconds: 300 }).verify(token);
  } catch (error) {
    if (!isAuthError(error)) throw error;
    if (error.code === 'ERR_TOKEN_NOT_YET_VALID') return;
    throw new AuthError(error.code, `${error.message}, so there is nothing to revoke`);
  }
};

/** Whether an id can stand in a list of them, and on a screen, as it is. */
const isPlain = (jti: string): boolean => /^(?!sha-?256)[\w.:@/+=-]{1,256}$/i.test(jti);

const toTarget = (token: string): Target => {
  const claims = decodePart(token, 'claims') as JwtClaims; // of a token that is genuine
  const { jti: id } = claims as { readonly jti?: unknown };
  const exp = typeof claims.exp === 'number' ? { exp: claims.exp } : {};
  const jti = typeof id === 'number' ? String(id) : id;
  const digest = toDigest(token);
  if (typeof jti !== 'string') return { revocation: { token, ...exp }, name: digest };
  return { revocation: { jti, ...exp }, name: isPlain(jti) ? jti : digest };
};

const readTarget = async (io: Io, token: string, keyring: Keyring): Promise<Target> => {
  await assertGenuine(keyring, token);
  if (Object.keys(decodePart(token, 'claims') as object).length === 0) {
    warn(
      io,
      'all tokens of `zepcli -i` with one secret are this same text, so all of them are meant; `zepcli rotate` makes another secret',
    );
  }
  return toTarget(token);
};

interface RevokeOptions extends SecretSource {
  readonly jti?: string | undefined;
  readonly token?: string;
}

/** What is to be revoked, and the variables that name the store. An id alone needs no secret. */
const findTarget = async (
  io: Io,
  { jti, token, ...source }: RevokeOptions,
): Promise<Target & { readonly record: Io['env'] }> => {
  if (jti !== undefined && token !== undefined) {
    throw new UsageError('a token and --jti are given', 'give one of them');
  }
  // An argument that is not a token is an id.
  const id =
    jti ?? (token !== undefined && /^(?!ey[AJ])[\w:-]{2,}$/.test(token) ? token : undefined);
  if (id === undefined) {
    assertOneInput(source.secretFile, token);
    const text = await readToken(io, 'revoke', token);
    const { keyring, record } = await loadKeyring(io, source);
    return { ...(await readTarget(io, text, keyring)), record };
  }
  if (!isPlain(id))
    throw new UsageError(`--jti ${quote(id)} is not an id`, 'it has no white space and no comma');
  return {
    revocation: { jti: id },
    name: id,
    record: await (await createVariableReader(io, source)).read(),
  };
};

/** What a store would be told, for one that only other tools can reach, such as Workers KV. */
const toEntry = async (revocation: Revocation, undo: boolean): Promise<object> => {
  let entry: object = {};
  const list = createRevocationList({
    storage: {
      getItem: () => null,
      setItem: (key, value, { ttl }) => {
        entry = { key, value, ttl };
      },
      removeItem: (key) => {
        entry = { key };
      },
    },
  });
  await (undo ? list.restore(revocation) : list.revoke(revocation));
  return entry;
};

const listRevocations = async (io: Io, store: Store, asJson: boolean): Promise<number> => {
  const now = Date.now() / 1000;
  const keys = (await store.getKeys()).map((key) => key.replaceAll(/[/\\]/g, ':'));
  const entries: { readonly key: string; readonly until: number | null }[] = [];
  for (const key of keys.filter((one) => /^r:[\da-f]{64}$/.test(one)).sort()) {
    const [, until] = /^until (\d+)\.$/.exec(String(await store.storage.getItem(key))) ?? [];
    if (until === undefined || Number(until) >= now) {
      entries.push({ key, until: until === undefined ? null : Number(until) });
    }
  }
  if (asJson) await printJson(io, { ok: true, action: 'list', entries });
  for (const { key, until } of asJson ? [] : entries) {
    await print(io, `${key}  until ${until === null ? '--undo' : formatTime(until, now)}`);
  }
  log(
    io,
    `${entries.length} revoked in ${quote(store.name)}; a key is the digest of a token or an id`,
  );
  return 0;
};

export const revoke: Command = defineCommand({
  positionals: [{ ...tokenArgument, describe: 'the token, or its id; without it, standard input' }],
  options: {
    jti: text('<id>', 'the id of the token, instead of the token'),
    undo: flag('undo the revocation'),
    list: flag('list what is revoked in the store'),
    dotenv,
    'secret-file': secretFile,
    json,
  },
  examples: [
    ['zepcli revoke < token.txt', 'revoke a token, in the store of ZEP_AUTH_STORE_URL'],
    ['zepcli revoke 0b1e7c3a-9d0e-4b8a-8f6e-2c1d0b9a8e7f', 'revoke it by its id (jti)'],
  ],
  run: async ({ undo, list, json, ...args }, io) => {
    if (list && (undo || args.jti !== undefined || args.token !== undefined)) {
      throw new UsageError('--list goes with no token, --jti or --undo', 'zepcli revoke --list');
    }
    const found = list
      ? { record: await (await createVariableReader(io, args)).read() }
      : await findTarget(io, args);
    const store = await openStore(found.record);
    const action = undo ? 'undo' : 'revoke';
    if (store === undefined) {
      const missing = `${STORE_VARIABLE} is not set`;
      if (!('name' in found))
        throw new CliError('ERR_STORE', missing, 'it names the store to list');
      const change = undo ? 'take this out of' : 'add this to';
      if (json)
        await printJson(io, {
          ok: false,
          action,
          name: found.name,
          ...(await toEntry(found.revocation, undo)),
        });
      else await print(io, found.name);
      const hint = `${change} ZEP_AUTH_REVOKED on each server, and restart it`;
      log(io, `error: ${missing}, so nothing is done yet`);
      log(io, `hint: ${hint}`);
      return 3;
    }
    try {
      if (!('name' in found)) return await listRevocations(io, store, json);
      const revocations = createRevocationList({ storage: store.storage, timeoutSeconds: 10 });
      await (undo ? revocations.restore(found.revocation) : revocations.revoke(found.revocation));
    } catch (error) {
      throw toStoreError(store, error);
    } finally {
      await store.close();
    }
    const { revocation, name } = found;
    const { exp } = revocation;
    if (json) await printJson(io, { ok: true, action, name, exp });
    else await print(io, name);
    // Whether a token has the id that was given is not known here.
    const whose = 'jti' in revocation ? `: each token whose jti is ${quote(name)}` : '';
    const end =
      exp === undefined
        ? `until --undo${whose}`
        : `until the token expires, ${formatTime(exp, Date.now() / 1000)}`;
    log(io, undo ? 'no longer revoked' : `revoked ${end}`);
    log(io, 'every gate on this store knows it within 10 seconds');
    return 0;
  },
});
