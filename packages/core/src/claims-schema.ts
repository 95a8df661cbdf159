import { refusal } from './errors.ts';
import { andThen, type MaybePromise } from './maybe-promise.ts';

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
  const at = claim === undefined ? '' : ` (${names.join(', ')})`;
  return refusal(
    'ERR_TOKEN_CLAIM',
    `the claims do not match the schema${at}`,
    claim === undefined ? {} : { claim },
  );
};

const MAX_DEPTH = 64;

/** Whether a value is made only of plain objects, arrays and primitives, so that it can be frozen and shared. */
const isPlain = (value: unknown, depth = 0): boolean => {
  if (typeof value === 'function') return false;
  if (typeof value !== 'object' || value === null) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (depth > MAX_DEPTH || ![Object.prototype, Array.prototype, null].includes(prototype as null)) {
    return false;
  }
  return Reflect.ownKeys(value).every((key) => {
    const member = Object.getOwnPropertyDescriptor(value, key);
    return member !== undefined && 'value' in member && isPlain(member.value, depth + 1);
  });
};

/** Freezes an object and all that it holds. */
export const deepFreeze = (value: object): void => {
  Object.freeze(value);
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
};

/** Turns verified claims into what a schema makes of them. */
export type ApplySchema<Output> = (claims: object) => MaybePromise<Output>;

/**
 * Creates the last check of a token: its claims against a schema. The schema gets a copy that it may change. An output
 * of plain values is frozen and kept as long as the claims are; any other is made again for each request.
 *
 * @throws {TypeError} when it is not a Standard Schema, or answers neither with a value nor with issues
 */
export const createApplySchema = <Output>(schema: ClaimsSchema<Output>): ApplySchema<Output> => {
  const standard = schema?.['~standard'];
  if (standard?.version !== 1 || typeof standard.validate !== 'function') {
    throw new TypeError(
      'claimsSchema must be a Standard Schema: of zod, valibot or arktype, for example',
    );
  }
  const outputs = new WeakMap<object, { readonly value: Output }>();

  const keep = (claims: object, result: SchemaResult<Output>): Output => {
    if (result.issues !== undefined) throw toError(result.issues);
    if (!('value' in result))
      throw new TypeError('claimsSchema returned neither a value nor issues');
    const { value } = result;
    if (isPlain(value)) {
      if (typeof value === 'object' && value !== null) deepFreeze(value);
      outputs.set(claims, { value });
    }
    return value;
  };

  return (claims) => {
    const known = outputs.get(claims);
    if (known !== undefined) return known.value;
    return andThen(standard.validate(structuredClone(claims)), (result) => keep(claims, result));
  };
};
