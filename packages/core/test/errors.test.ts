// The one error class, and the guard that knows it across copies of the package.
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  AuthError,
  type AuthErrorCode,
  assertOptions,
  isAuthError,
  refusal,
} from '../src/errors.ts';

const CODES = [
  'ERR_SECRET_WEAK',
  'ERR_CONFIG_INVALID',
  'ERR_CREDENTIALS_MISSING',
  'ERR_CREDENTIALS_AMBIGUOUS',
  'ERR_TOKEN_MALFORMED',
  'ERR_TOKEN_TOO_LARGE',
  'ERR_TOKEN_ALGORITHM',
  'ERR_TOKEN_SIGNATURE',
  'ERR_TOKEN_EXPIRED',
  'ERR_TOKEN_NOT_YET_VALID',
  'ERR_TOKEN_CLAIM',
  'ERR_TOKEN_REVOKED',
  'ERR_SCOPE_INSUFFICIENT',
  'ERR_TOO_MANY_FAILURES',
  'ERR_REVOCATION_UNAVAILABLE',
  'ERR_INSECURE_TRANSPORT',
  'ERR_ORIGIN_NOT_ALLOWED',
  'ERR_REQUEST_MALFORMED',
  'ERR_HOST_NOT_ALLOWED',
  'ERR_BODY_TOO_LARGE',
  'ERR_TOKEN_PROVIDER',
  'ERR_UPSTREAM_UNREACHABLE',
  'ERR_UPSTREAM_TIMEOUT',
] as const;

describe('AuthError', () => {
  it('is an Error with a name, a code and a message', () => {
    const error = new AuthError('ERR_TOKEN_EXPIRED', 'the token has expired');
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('AuthError');
    expect(error.code).toBe('ERR_TOKEN_EXPIRED');
    expect(error.message).toBe('the token has expired');
    expect(error.stack).toMatch(/^AuthError: the token has expired\n/);
    expect(inspect(error)).toContain("code: 'ERR_TOKEN_EXPIRED'");
  });

  it('serialises to its code and detail, without message or stack', () => {
    expect(JSON.stringify(new AuthError('ERR_TOKEN_EXPIRED', 'text'))).toBe(
      '{"code":"ERR_TOKEN_EXPIRED"}',
    );
    expect(JSON.stringify(new AuthError('ERR_TOKEN_CLAIM', 'text', { claim: 'iss' }))).toBe(
      '{"code":"ERR_TOKEN_CLAIM","claim":"iss"}',
    );
  });

  it('carries no detail that it was not given', () => {
    const error = new AuthError('ERR_TOKEN_EXPIRED', 'text');
    expect('claim' in error).toBe(false);
    expect('problems' in error).toBe(false);
  });

  it('has these codes and no others', () => {
    expectTypeOf<AuthErrorCode>().toEqualTypeOf<(typeof CODES)[number]>();
    expect(new Set(CODES).size).toBe(CODES.length);
  });
});

describe('refusal', () => {
  const LIMIT = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') ?? {};
  const setLimit = (descriptor: PropertyDescriptor): void => {
    Object.defineProperty(Error, 'stackTraceLimit', { ...LIMIT, ...descriptor });
  };
  const refuse = (): AuthError => refusal('ERR_TOKEN_CLAIM', 'text', { claim: 'iss' });
  const framesOf = ({ stack }: Error): number => stack?.match(/^ +at /gm)?.length ?? 0;

  afterEach(() => setLimit(LIMIT));

  it('is an AuthError with its detail and no stack frame', () => {
    const error = refuse();
    expect(isAuthError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'ERR_TOKEN_CLAIM', message: 'text', claim: 'iss' });
    expect(error.stack).toBe('AuthError: text');
    expect(framesOf(new AuthError('ERR_TOKEN_CLAIM', 'text'))).toBeGreaterThan(0);
  });

  it.each([0, 1, 3, Number.POSITIVE_INFINITY])('leaves a limit of %d frames as it was', (value) => {
    setLimit({ value });
    expect(framesOf(refuse())).toBe(0);
    expect(Error.stackTraceLimit).toBe(value);
    const frames = framesOf(new Error('text'));
    if (value <= 3) expect(frames).toBe(value);
    else expect(frames).toBeGreaterThan(3);
  });

  it('leaves the limit as it was when the detail cannot be read', () => {
    const detail = {
      get claim(): string {
        throw new RangeError('no claim');
      },
    };
    setLimit({ value: 7 });
    expect(() => refusal('ERR_TOKEN_CLAIM', 'text', detail)).toThrow(RangeError);
    expect(Error.stackTraceLimit).toBe(7);
  });

  it('has a stack, and changes nothing, where the limit cannot be changed', () => {
    setLimit({ value: 2, writable: false });
    expect(refuse()).toMatchObject({ code: 'ERR_TOKEN_CLAIM', claim: 'iss' });
    expect(framesOf(refuse())).toBe(2);
    expect(Error.stackTraceLimit).toBe(2);
  });

  it('works in a runtime without the limit', () => {
    Reflect.deleteProperty(Error, 'stackTraceLimit');
    expect(refuse()).toMatchObject({ code: 'ERR_TOKEN_CLAIM', claim: 'iss' });
    expect(Error.stackTraceLimit).toBeUndefined();
  });
});

describe('isAuthError', () => {
  it.each(CODES)('knows an AuthError with %s', (code) => {
    expect(isAuthError(new AuthError(code, 'text'))).toBe(true);
  });

  it('knows an AuthError of another copy of the package', async () => {
    vi.resetModules();
    const copy = await import('../src/errors.ts');
    const error = new copy.AuthError('ERR_TOKEN_EXPIRED', 'text');
    expect(error).not.toBeInstanceOf(AuthError);
    expect(isAuthError(error)).toBe(true);
  });

  it.each([
    ['an Error', new Error('text')],
    ['an Error with a code of ours', Object.assign(new Error('x'), { code: 'ERR_TOKEN_EXPIRED' })],
    ['an Error with our name', Object.assign(new Error('text'), { name: 'AuthError' })],
    [
      'an AuthError with a code of another package',
      Object.assign(new Error('text'), { name: 'AuthError', code: 'ERR_JWT_EXPIRED' }),
    ],
    [
      'an AuthError with a code that is not a string',
      Object.assign(new Error('text'), { name: 'AuthError', code: ['ERR_TOKEN_EXPIRED'] }),
    ],
    ['an object of the same form', { name: 'AuthError', code: 'ERR_TOKEN_EXPIRED', message: '' }],
    ['the class', AuthError],
    ['a code', 'ERR_TOKEN_EXPIRED'],
    ['null', null],
    ['nothing', undefined],
  ])('does not know %s', (_, value) => {
    expect(isAuthError(value)).toBe(false);
  });
});

describe('assertOptions', () => {
  const assert = (options: unknown) => () => assertOptions('f', options as object, ['a', 'b']);

  it.each<[string, unknown]>([
    ['a literal', { a: 1, b: null }],
    ['a frozen copy', Object.freeze({ a: 1 })],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['an object of another realm', runInNewContext('({ a: 1 })')],
    ['its own getter', Object.defineProperty({}, 'a', { get: () => 1, enumerable: true })],
  ])('takes %s', (_, options) => {
    expect(assert(options)).not.toThrow();
  });

  class Options {
    a = 1;
    get b(): number {
      return 2;
    }
  }
  it.each<[string, unknown]>([
    ['an instance of a class', new Options()],
    ['an object that inherits', Object.create({ a: 1 })],
    ['an object that inherits from one without a prototype', Object.create(Object.create(null))],
    ['a Map', new Map([['a', 1]])],
    ['a list', ['a']],
    ['a function', () => ({ a: 1 })],
    ['a text', 'a'],
  ])('refuses %s, of which something could get lost', (_, options) => {
    expect(assert(options)).toThrow(new TypeError('the options of f must be a plain object'));
  });

  it.each([null, undefined])('refuses %s', (options) => {
    expect(assert(options)).toThrow(TypeError);
  });

  it('refuses an option that is unknown, and one that got lost', () => {
    expect(assert({ a: 1, c: undefined })).toThrow(new TypeError('f has no option c'));
    expect(assert({ ['x'.repeat(32)]: 1 })).toThrow(new TypeError('f has no option of that name'));
    expect(assert({ a: 1, b: undefined })).toThrow(
      new TypeError('b is undefined; give a value or leave it out'),
    );
  });
});
