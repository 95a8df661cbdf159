// `zepcli revoke`: one token is worth nothing from now on, wherever gates share a store.
// Never says that a token is revoked before the store has it.
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
  envFile,
  flag,
  json,
  secretFile,
  text,
  tokenArgument,
} from '../command.ts';
import {
  createVariableReader,
  type Loaded,
  loadKeyring,
  type SecretSource,
  STORE_VARIABLE,
} from '../config.ts';
import { CliError, type Io, log, print, UsageError } from '../io/io.ts';
import { openStore } from '../store.ts';
import { formatTime } from '../tokens/format-time.ts';
import { decodeToken, readToken, toDigest } from '../tokens/token-input.ts';

/** What is revoked, and what it is called in `ZEP_AUTH_REVOKED`. */
interface Target {
  readonly revocation: Revocation;
  readonly name: string;
}

/** Whether the secret has signed the token, as far as it matters: nobody is to revoke what someone has made up. */
const assertGenuine = async (keyring: Keyring, token: string): Promise<void> => {
  try {
    // As tolerant as any gate may be.
    await createVerifier({ keyring, clockToleranceSeconds: 300 }).verify(token);
  } catch (error) {
    if (!isAuthError(error)) throw error;
    if (error.code === 'ERR_TOKEN_EXPIRED') {
      throw new CliError('the token has expired: there is nothing to revoke');
    }
    if (error.code === 'ERR_TOKEN_NOT_YET_VALID') return;
    throw new AuthError(error.code, `${error.message}: there is nothing to revoke`);
  }
};

/** Whether an id can stand in a list of them, and on a screen, as it is. */
const isPlain = (jti: string): boolean => /^(?!sha-?256)[\w.:@/+=-]{1,256}$/i.test(jti);

const toTarget = (token: string, claims: JwtClaims): Target => {
  const { jti: id } = claims as { readonly jti?: unknown };
  const exp = typeof claims.exp === 'number' ? { exp: claims.exp } : {};
  const jti = typeof id === 'number' ? String(id) : id;
  const digest = `sha256:${toDigest(token)}`;
  if (typeof jti !== 'string') return { revocation: { token, ...exp }, name: digest };
  return { revocation: { jti, ...exp }, name: isPlain(jti) ? jti : digest };
};

const readTarget = async (
  io: Io,
  argument: string | undefined,
  keyring: Keyring,
): Promise<Target> => {
  const token = await readToken(io, argument);
  await assertGenuine(keyring, token);
  const [, claims] = decodeToken(token) as readonly [unknown, JwtClaims]; // of a token that is genuine
  if (Object.keys(claims).length === 0) {
    const reason = 'all tokens of `zepcli -i` with one secret are this same text';
    log(io, `warning: ${reason}, so all of them are; \`zepcli rotate\` makes another secret`);
  }
  return toTarget(token, claims);
};

/** What is to be revoked, and the variables that name the store. An id alone needs no secret. */
const findTarget = async (
  io: Io,
  {
    jti,
    token,
    ...source
  }: SecretSource & {
    readonly jti?: string | undefined;
    readonly token?: string | undefined;
  },
): Promise<Target & Pick<Loaded, 'record'>> => {
  if (jti === undefined) {
    const { keyring, record } = await loadKeyring(io, source);
    return { ...(await readTarget(io, token, keyring)), record };
  }
  if (token !== undefined) throw new UsageError('revoke takes a token or --jti, not both');
  if (!isPlain(jti))
    throw new UsageError('--jti takes an id without white space, commas and the like');
  return {
    revocation: { jti },
    name: jti,
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

export const revoke: Command = defineCommand({
  argument: tokenArgument,
  options: {
    jti: text('the id of the token, in place of the token'),
    undo: flag('take the revocation back'),
    'env-file': envFile,
    'secret-file': secretFile,
    json,
  },
  examples: [
    ['zepcli revoke < token.txt', 'revoke a token, in the store of ZEP_AUTH_STORE_URL'],
    ['zepcli revoke --jti 0b1e7c3a', 'revoke it by its id'],
  ],
  run: async (args, io) => {
    const { undo } = args;
    const { revocation, name, record } = await findTarget(io, args);
    const store = await openStore(record);
    if (store === undefined) {
      const entry = await toEntry(revocation, undo);
      print(io, args.json ? JSON.stringify({ revoked: false, name, ...entry }) : name);
      const change = undo ? 'take this out of' : 'add this to';
      throw new CliError(
        `${STORE_VARIABLE} is not set, so nothing is done yet: ${change} ZEP_AUTH_REVOKED on each server, and restart it`,
      );
    }
    try {
      const list = createRevocationList({ storage: store.storage, timeoutSeconds: 10 });
      await (undo ? list.restore(revocation) : list.revoke(revocation));
    } finally {
      await store.close();
    }
    const { exp } = revocation;
    print(io, args.json ? JSON.stringify({ revoked: !undo, name, exp }) : name);
    const end =
      exp === undefined ? 'until --undo' : `it expires ${formatTime(exp, Date.now() / 1000)}`;
    const change = undo ? 'no longer revoked' : 'revoked';
    log(io, `${change}; every gate on this store knows it in 10 seconds${undo ? '' : `; ${end}`}`);
    return 0;
  },
});
