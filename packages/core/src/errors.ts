/** Every code an {@link AuthError} can carry. The codes are API: match on them, not on messages. */
export type AuthErrorCode =
  | 'ERR_SECRET_WEAK'
  | 'ERR_CONFIG_INVALID'
  | 'ERR_CREDENTIALS_MISSING'
  | 'ERR_CREDENTIALS_AMBIGUOUS'
  | 'ERR_TOKEN_MALFORMED'
  | 'ERR_TOKEN_TOO_LARGE'
  | 'ERR_TOKEN_ALGORITHM'
  | 'ERR_TOKEN_SIGNATURE'
  | 'ERR_TOKEN_EXPIRED'
  | 'ERR_TOKEN_NOT_YET_VALID'
  | 'ERR_TOKEN_CLAIM'
  | 'ERR_TOKEN_REVOKED'
  | 'ERR_SCOPE_INSUFFICIENT'
  | 'ERR_TOO_MANY_FAILURES'
  | 'ERR_REVOCATION_UNAVAILABLE'
  | 'ERR_INSECURE_TRANSPORT'
  | 'ERR_ORIGIN_NOT_ALLOWED'
  | 'ERR_REQUEST_MALFORMED'
  | 'ERR_HOST_NOT_ALLOWED'
  | 'ERR_BODY_TOO_LARGE'
  | 'ERR_TOKEN_PROVIDER'
  | 'ERR_UPSTREAM_UNREACHABLE'
  | 'ERR_UPSTREAM_TIMEOUT';

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** The variable, or a place within it: `ZEP_AUTH_SECRET_PREVIOUS (entry 2)`. */
  readonly variable: string;
  /** What is wrong and what to do, never the value. */
  readonly message: string;
}

/** What an {@link AuthError} may carry beside its message. */
export interface AuthErrorDetail {
  /** All that is wrong with the configuration, with `ERR_CONFIG_INVALID`. */
  readonly problems?: readonly ConfigProblem[];
  /** The claim that was refused, with `ERR_TOKEN_CLAIM`. */
  readonly claim?: string;
  /** The scopes that are needed, with `ERR_SCOPE_INSUFFICIENT`. */
  readonly scopes?: readonly string[];
  /** When to try again, with `ERR_TOO_MANY_FAILURES` and `ERR_REVOCATION_UNAVAILABLE`. */
  readonly retryAfterSeconds?: number;
}

/** Marks an AuthError, in any copy of this package. */
const BRAND: unique symbol = Symbol.for('zep-auth AuthError');

/**
 * Thrown for every refusal and every unusable secret or configuration. A wrong call of a function is a `TypeError` or a
 * `RangeError` instead. A message holds fixed text, names and numbers, and no part of a secret or a token.
 */
export class AuthError extends Error {
  /** Why, as a constant to match on. */
  readonly code: AuthErrorCode;
  /** All that is wrong with the configuration, with `ERR_CONFIG_INVALID`. */
  declare readonly problems?: readonly ConfigProblem[];
  /** The claim that was refused, with `ERR_TOKEN_CLAIM`. */
  declare readonly claim?: string;
  /** The scopes that are needed, with `ERR_SCOPE_INSUFFICIENT`. */
  declare readonly scopes?: readonly string[];
  /** When to try again, with `ERR_TOO_MANY_FAILURES` and `ERR_REVOCATION_UNAVAILABLE`. */
  declare readonly retryAfterSeconds?: number;

  constructor(code: AuthErrorCode, message: string, detail: AuthErrorDetail = {}) {
    super(message);
    this.code = code;
    Object.assign(this, detail);
  }
}
// On the prototype, so that the stack begins with the right name and no instance carries it. Not in a static block: React
// Native does not compile one.
Object.assign(AuthError.prototype, { name: 'AuthError', [BRAND]: true });

/**
 * Creates an error without a stack: refusals are frequent, their stack tells nothing, and capturing one costs more than
 * the HMAC.
 */
export const withoutStack = <E extends Error>(create: () => E): E => {
  // V8 and JavaScriptCore have this limit; other engines ignore the property.
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  Reflect.set(Error, 'stackTraceLimit', 0); // if it is frozen or unknown, there is a stack
  try {
    return create();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
};

/** The error for a refused request or token, without a stack. */
export const refusal = (
  code: AuthErrorCode,
  message: string,
  detail?: AuthErrorDetail,
): AuthError => withoutStack(() => new AuthError(code, message, detail));

/** Whether `value` is an {@link AuthError} of this or another copy of this package. */
export const isAuthError = (value: unknown): value is AuthError =>
  value instanceof Error && BRAND in value;

/** A name for a message, if it is too short to be a secret that was put in the wrong place. */
export const toName = (name: string, fallback: string): string =>
  name.length < 32 ? name : fallback;

/**
 * Checks the options of a public function, of which nothing may get lost: a misspelt one, one that is inherited and so not
 * copied, or one whose value is missing would check nothing, or set nothing.
 *
 * @throws {TypeError} when `options` is not a plain object of any realm, or has a member that is not among `known`, or is
 * undefined
 */
export const assertOptions = (what: string, options: object, known: readonly string[]): void => {
  const prototype = Object.getPrototypeOf(options) as object | null;
  if (prototype && !Object.hasOwn(prototype, 'isPrototypeOf')) {
    throw new TypeError(`the options of ${what} must be a plain object`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) {
      throw new TypeError(`${what} has no option ${toName(name, 'of that name')}`);
    }
    if (value === undefined) {
      throw new TypeError(`${name} is undefined; give a value or leave it out`);
    }
  }
};
