// One verifier for a fixed configuration, or one for each set of environment values that requests bring.
// Fails closed: an invalid environment is cached as invalid.
import { type AuthConfig, AuthError, isAuthError, readAuthConfig } from '@zep-auth/core';
import {
  andThen,
  assertWhole,
  createCheck,
  createLru,
  type MaybePromise,
  type SyncVerify,
  toPlainName,
} from '@zep-auth/core/internal';

/** Where a configuration comes from: exactly one of `config` and `env`. */
export type ConfigSource<Context = undefined> =
  | {
      /** A checked configuration, from `readAuthConfig` or `loadAuthConfig`. */
      readonly config: AuthConfig;
      readonly env?: never;
    }
  | {
      readonly config?: never;
      /**
       * Environment variables: an object such as `process.env`, read at once; or a function of the request's context,
       * as on Workers. The configuration is read once for each set of values.
       */
      readonly env: object | ((context: Context) => MaybePromise<object | undefined>);
    };

/** What a verifier is created with, beside its configuration. */
export interface VerifierLimits {
  /** Greatest length of a token in bytes, 1 to 65536. Default 8192. */
  readonly maxTokenBytes?: number;
  /** How many good tokens are cached, 0 to 1000000. Default 1000. */
  readonly cacheSize?: number;
  /**
   * How many sets of values an `env` function keeps a verifier for, 1 to 100000; the least recently used goes. A set takes
   * some 40 KB with an empty cache of 1000 tokens and 0.6 MB with a full one, so take a smaller `cacheSize` with thousands
   * of sets. Default 1000.
   */
  readonly maxEnvironments?: number;
  /** Called once for each warning about the configuration. Default `console.warn`. */
  readonly onWarning?: (warning: string) => void;
  /**
   * A preset: with `strict` the configuration must name an issuer and an audience, and tokens must expire within a day.
   * Default none.
   */
  readonly policy?: 'strict';
}

const DAY = 86_400;

/** Finds the verifier for a request; `undefined` means that authentication is switched off. */
export type VerifierSource<Context> = (context: Context) => MaybePromise<SyncVerify | undefined>;

// biome-ignore lint/suspicious/noConsole: the documented default, which an option replaces
const warnOnConsole = (warning: string): void => console.warn(warning);

const createVerify = (
  { required, keyring, policy, warnings }: AuthConfig,
  { maxTokenBytes, cacheSize, policy: preset, onWarning = warnOnConsole }: VerifierLimits,
): SyncVerify | undefined => {
  for (const warning of warnings ?? []) onWarning(warning);
  // Only a plain `false` switches authentication off, whatever a caller without types passes.
  if (required === false) return undefined;
  if (keyring === undefined) {
    throw new AuthError('ERR_CONFIG_INVALID', 'the config has no keyring; was it awaited?');
  }
  if (preset && (policy.issuer === undefined || policy.audience === undefined)) {
    throw new AuthError(
      'ERR_CONFIG_INVALID',
      'policy strict needs ZEP_AUTH_ISSUER and ZEP_AUTH_AUDIENCE',
    );
  }
  return createCheck({
    keyring,
    ...policy,
    ...(preset && { maxRemainingSeconds: Math.min(policy.maxRemainingSeconds ?? DAY, DAY) }),
    ...(maxTokenBytes !== undefined && { maxTokenBytes }),
    ...(cacheSize !== undefined && { cacheSize }),
  });
};

/** The environment's own variables of our prefix, also misspelt: `readAuthConfig` says what is wrong with them. */
const selectVariables = (env: object | undefined): readonly (readonly [string, unknown])[] =>
  Object.entries(env ?? {}).filter(
    ([name, value]) => toPlainName(name).startsWith('ZEP_AUTH_') && value !== undefined,
  );

const createEnvironmentSource = <Context>(
  env: (context: Context) => MaybePromise<object | undefined>,
  limits: VerifierLimits,
): VerifierSource<Context> => {
  const { onWarning = warnOnConsole, maxEnvironments = 1000 } = limits;
  const known = createLru<{ readonly verify: SyncVerify | undefined } | AuthError>(maxEnvironments);
  const find = (record: object | undefined): SyncVerify | undefined => {
    const variables = selectVariables(record);
    const key = JSON.stringify(
      variables.map(([name, value]) => [name, typeof value === 'string' ? value : null]),
    );
    let found = known.get(key);
    if (found === undefined) {
      try {
        // Reads only the variables in the key, so that one key always means one configuration.
        found = { verify: createVerify(readAuthConfig(Object.fromEntries(variables)), limits) };
      } catch (error) {
        if (!isAuthError(error)) throw error;
        found = error;
        onWarning(error.message);
      }
      known.set(key, found);
    }
    if (isAuthError(found)) throw found;
    return found.verify;
  };
  return (context) => andThen(env(context), find);
};

/**
 * Creates the source of verifiers.
 *
 * @throws {TypeError} when not exactly one of `config` and `env` is given
 * @throws {RangeError} when `maxEnvironments` is out of its range
 * @throws {AuthError} `ERR_CONFIG_INVALID` when `config` or an `env` object requires authentication and is not valid
 */
export const createVerifierSource = <Context>(
  { config, env }: ConfigSource<Context>,
  limits: VerifierLimits,
): VerifierSource<Context> => {
  if ((config == null) === (env == null)) {
    throw new TypeError('a guard takes exactly one of config and env');
  }
  assertWhole('maxEnvironments', limits.maxEnvironments ?? 1, 1, 100_000);
  if (limits.policy !== undefined && limits.policy !== 'strict') {
    throw new TypeError('policy is strict or left out');
  }
  if (typeof env === 'function') {
    // Any other object is not callable, so this is the function of the union.
    return createEnvironmentSource(env as (context: Context) => MaybePromise<object>, limits);
  }
  const verify = createVerify(config ?? readAuthConfig({ ...env }), limits);
  return () => verify;
};
