import type { JwtClaims } from './claims.ts';
import { refusal } from './errors.ts';
import type { MaybePromise } from './maybe-promise.ts';

/** One thing that a schema finds wrong. Its message may hold a value, so only the keys of its path are read. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/**
 * A schema of zod, valibot, arktype or any other library that speaks Standard Schema 1.
 *
 * @see https://standardschema.dev
 */
export interface ClaimsSchema<Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => MaybePromise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** The keys of a path, as far as they can be names. */
const nameKeys = ({ path = [] }: Issue): string =>
  path
    .map((segment) => String(typeof segment === 'object' ? segment.key : segment))
    .map((key) => (/^[\w-]{1,40}$/.test(key) ? key : '…'))
    .join('.');

const toError = (issues: readonly Issue[]): Error => {
  const names = [...new Set(issues.map(nameKeys))].filter((name) => name !== '').slice(0, 5);
  const [claim] = names;
  const message = 'the claims do not match the schema';
  return claim === undefined
    ? refusal('ERR_TOKEN_CLAIM', message)
    : refusal('ERR_TOKEN_CLAIM', `${message} (${names.join(', ')})`, { claim });
};

const MAX_DEPTH = 64;

/** Freezes parsed JSON. */
export const deepFreeze = (value: object): void => {
  Object.freeze(value);
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
};

/**
 * A frozen copy of a value of plain objects, arrays and primitives: what a schema returns may belong to its library.
 *
 * @throws {TypeError} for any other value
 */
const toFrozen = (value: unknown, depth = 0): unknown => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value;
  const prototype = Object.getPrototypeOf(value) as object | null;
  // A function has another prototype; a circle is endless.
  if (depth > MAX_DEPTH || ![Object.prototype, Array.prototype, null].includes(prototype)) {
    throw new TypeError('it is not plain');
  }
  const copy: object = Array.isArray(value) ? [] : Object.create(prototype);
  for (const key of Reflect.ownKeys(value)) {
    const member = Object.getOwnPropertyDescriptor(value, key);
    if (!member || !('value' in member)) throw new TypeError('it is not plain');
    Object.defineProperty(copy, key, { ...member, value: toFrozen(member.value, depth + 1) });
  }
  return Object.freeze(copy);
};

/**
 * Turns verified claims into what a schema makes of them. After a schema that had to wait, `checkAgain` refuses claims
 * that no longer hold.
 */
export type ApplySchema<Output> = (
  claims: JwtClaims,
  checkAgain?: (claims: JwtClaims) => void,
) => MaybePromise<Output>;

/**
 * Creates the last check of a token: its claims against a schema. The schema gets a copy that it may change. An output
 * of plain values that is there at once is frozen, and kept as long as the claims are. Any other is made for each
 * request: an asynchronous schema may ask a database.
 *
 * @throws {TypeError} when it is not a Standard Schema, or answers neither with a value nor with issues
 */
export const createApplySchema = <Output>(schema: ClaimsSchema<Output>): ApplySchema<Output> => {
  const standard = schema?.['~standard'];
  if (standard?.version !== 1 || typeof standard.validate !== 'function') {
    throw new TypeError('claimsSchema must be a Standard Schema, such as one of zod');
  }
  const outputs = new WeakMap<object, { readonly value: Output }>();

  const toOutput = (result: SchemaResult<Output>): Output => {
    if (result.issues !== undefined) throw toError(result.issues);
    if ('value' in result) return result.value;
    throw new TypeError('claimsSchema returned neither a value nor issues');
  };

  return (claims, checkAgain) => {
    const known = outputs.get(claims);
    if (known !== undefined) return known.value;
    const result = standard.validate(structuredClone(claims));
    if (result instanceof Promise) {
      return result.then((later) => {
        checkAgain?.(claims);
        return toOutput(later);
      });
    }
    const output = toOutput(result);
    try {
      const value = toFrozen(output) as Output; // a copy
      outputs.set(claims, { value });
      return value;
    } catch {
      return output; // not plain
    }
  };
};
