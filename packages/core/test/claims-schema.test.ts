import { type } from 'arktype';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { z } from 'zod';
import { type ClaimsSchema, createVerifier, isAuthError } from '../src/index.ts';
import { NOW, SECRET, secretNamed, tokenOf } from './raw-token.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A schema of no library. */
const schemaOf = <Output>(
  validate: ClaimsSchema<Output>['~standard']['validate'],
): ClaimsSchema<Output> => ({ '~standard': { version: 1, vendor: 'test', validate } });
const verifierOf = <Claims extends object>(claimsSchema: ClaimsSchema<Claims>, more = {}) =>
  createVerifier<Claims>({ secret: SECRET, claimsSchema, ...more });

const refused = async (schema: ClaimsSchema<object>, claims: object) => {
  try {
    await verifierOf(schema).verify(tokenOf(claims));
  } catch (error) {
    return isAuthError(error) ? error : expect.fail(String(error));
  }
  return expect.fail('accepted');
};

const LIBRARIES: readonly (readonly [string, ClaimsSchema<{ sub: string; level: number }>])[] = [
  ['zod', z.object({ sub: z.string(), level: z.number().default(1) })],
  ['valibot', v.object({ sub: v.string(), level: v.optional(v.number(), 1) })],
  ['arktype', type({ sub: 'string', level: 'number = 1' })],
];

describe.each(LIBRARIES)('a schema of %s', (_, schema) => {
  it('types the claims, and gives its output', async () => {
    const { claims, payload } = await verifierOf(schema).verify(tokenOf({ sub: 'alice' }));
    expectTypeOf(claims).toEqualTypeOf<{ sub: string; level: number }>();
    expect(claims).toMatchObject({ sub: 'alice', level: 1 });
    expect(payload).toEqual({ sub: 'alice' });
  });

  it('refuses what does not match, and names the claim but neither value nor message', async () => {
    const error = await refused(schema, { sub: 'top-secret-value', level: 'top-secret-level' });
    expect([error.code, error.claim]).toEqual(['ERR_TOKEN_CLAIM', 'level']);
    expect(error.message).toBe('the claims do not match the schema (level)');
  });

  it('never sees a token whose signature is wrong', async () => {
    const token = tokenOf({ sub: 'alice' }, secretNamed('other'));
    await expect(verifierOf(schema).verify(token)).rejects.toMatchObject({
      code: 'ERR_TOKEN_SIGNATURE',
    });
  });
});

it('infers the claims from the schema alone', async () => {
  const { verify } = createVerifier({
    secret: SECRET,
    claimsSchema: z.object({ team: z.string().transform((text) => text.length) }),
  });
  const { claims } = await verify(tokenOf({ team: 'ops' }));
  expectTypeOf(claims).toEqualTypeOf<{ team: number }>();
  expect(claims).toEqual({ team: 3 });
});

describe('a schema that drops claims', () => {
  const schema = z.object({ sub: z.string() });

  it('does not keep an expired token alive, cached or not', async () => {
    const { verify } = verifierOf(schema);
    const token = tokenOf({ sub: 'alice', exp: NOW + 2 });
    expect((await verify(token)).claims).toEqual({ sub: 'alice' });
    expect((await verify(token)).cached).toBe(true);
    vi.setSystemTime((NOW + 2) * 1000);
    await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_TOKEN_EXPIRED' });
    await expect(verifierOf(schema).verify(token)).rejects.toMatchObject({
      code: 'ERR_TOKEN_EXPIRED',
    });
  });

  it('does not let a revoked token in', async () => {
    const token = tokenOf({ sub: 'alice', jti: 'gone' });
    const { verify } = verifierOf(schema, { revoked: ['gone'] });
    for (let i = 0; i < 2; i++) {
      await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_TOKEN_REVOKED' });
    }
  });
});

describe('the output', () => {
  const counted = <Output>(make: (claims: { n: number }) => Output) => {
    const calls: unknown[] = [];
    const schema = schemaOf<Output & object>((claims) => {
      calls.push(claims);
      return { value: make(claims as { n: number }) as Output & object };
    });
    return { calls, verify: verifierOf(schema).verify };
  };

  it('of plain values is frozen throughout, and made once', async () => {
    const { calls, verify } = counted(({ n }) => ({ list: [{ n }], none: null, text: 'x' }));
    const token = tokenOf({ n: 1 });
    const first = await verify(token);
    expect((await verify(token)).claims).toBe(first.claims);
    expect(calls).toHaveLength(1);
    const { list } = first.claims as { list: { n: number }[] };
    expect(() => list.push({ n: 2 })).toThrow(TypeError);
    expect(() => Object.assign(list[0] ?? {}, { n: 2 })).toThrow(TypeError);
  });

  it.each<[string, (claims: { n: number }) => unknown]>([
    ['a date', () => ({ at: new Date(0) })],
    ['a function', () => ({ call: () => 1 })],
    ['an instance', () => ({ map: new Map() })],
    ['a typed array', () => ({ bytes: new Uint8Array(1) })],
    ['an accessor', () => Object.defineProperty({}, 'a', { get: () => 1, enumerable: true })],
    [
      'a circle',
      () => {
        const circle: { self?: unknown } = {};
        circle.self = circle;
        return circle;
      },
    ],
  ])('with %s is made for each request, and not frozen', async (_, make) => {
    const { calls, verify } = counted(make);
    const token = tokenOf({ n: 1 });
    const first = await verify(token);
    expect((await verify(token)).claims).not.toBe(first.claims);
    expect(calls).toHaveLength(2);
    expect(Object.isFrozen(first.claims)).toBe(false);
  });

  it('may be a text or null', async () => {
    for (const value of ['text', null]) {
      const { verify } = counted(() => value);
      expect((await verify(tokenOf({}))).claims).toBe(value);
    }
  });

  it('is made from a copy that the schema may change', async () => {
    const { verify } = counted((claims) => Object.assign(claims, { n: 2 }));
    const { claims, payload } = await verify(tokenOf({ n: 1 }));
    expect([claims, payload]).toEqual([{ n: 2 }, { n: 1 }]);
  });

  it('is a copy, so that what the schema keeps is not frozen', async () => {
    const shared = { roles: ['reader'] };
    const { verify } = counted(() => shared);
    const { claims } = await verify(tokenOf({}));
    expect(claims).toEqual({ roles: ['reader'] });
    expect(claims).not.toBe(shared);
    expect(() => (claims as typeof shared).roles.push('writer')).toThrow(TypeError);
    shared.roles.push('writer');
    expect(claims).toEqual({ roles: ['reader'] });
  });

  it('keeps its prototype, symbols and hidden members, which are frozen too', async () => {
    const key = Symbol('key');
    const { calls, verify } = counted(() =>
      Object.defineProperty(
        Object.assign(Object.create(null), {
          [key]: [1],
          list: Object.assign(new Array(2), { 1: 2 }),
        }),
        'hidden',
        {
          value: { deep: 1 },
        },
      ),
    );
    const token = tokenOf({});
    const { claims } = await verify(token);
    await verify(token);
    expect(calls).toHaveLength(1);
    expect(Object.getPrototypeOf(claims)).toBeNull();
    const { list, hidden } = claims as { list: unknown[]; hidden: object };
    expect([0 in list, list[1], list.length]).toEqual([false, 2, 2]);
    expect(Object.keys(claims)).toEqual(['list']);
    expect(hidden).toEqual({ deep: 1 });
    const all = [claims, list, hidden, (claims as Record<symbol, unknown>)[key]];
    expect(all.map(Object.isFrozen)).toEqual([true, true, true, true]);
  });

  it('that is hidden in a symbol or a hidden member is looked for as well', async () => {
    const date = new Date(0);
    for (const output of [
      { [Symbol('at')]: date },
      Object.defineProperty({}, 'at', { value: date }),
    ]) {
      const { calls, verify } = counted(() => output);
      const token = tokenOf({});
      expect((await verify(token)).claims).toBe(output);
      await verify(token);
      expect(calls).toHaveLength(2);
    }
  });
});

describe('an asynchronous schema', () => {
  it('is asked for each request', async () => {
    const validate = vi.fn(async () => ({ value: { later: true } }));
    const { verify } = verifierOf(schemaOf(validate));
    const token = tokenOf({});
    expect((await verify(token)).claims).toEqual({ later: true });
    expect((await verify(token)).claims).toEqual({ later: true });
    expect(validate).toHaveBeenCalledTimes(2);
  });

  it('does not let a token in that has expired in the meantime', async () => {
    const validate = async () => {
      vi.setSystemTime((NOW + 2) * 1000);
      return { value: {} };
    };
    const { verify } = verifierOf(schemaOf(validate));
    await expect(verify(tokenOf({ exp: NOW + 2 }))).rejects.toMatchObject({
      code: 'ERR_TOKEN_EXPIRED',
    });
    vi.setSystemTime(NOW * 1000);
    expect((await verify(tokenOf({ exp: NOW + 3 }))).claims).toEqual({});
  });

  it('that answers by an object of another kind with a then is not taken for an answer', async () => {
    const thenable = Object.fromEntries([['then', () => expect.fail('called')]]);
    const { verify } = verifierOf(schemaOf<object>(() => thenable as never));
    await expect(verify(tokenOf({}))).rejects.toThrow(TypeError);
  });
});

describe('an issue', () => {
  it.each([
    [[{ path: ['team', 'id'] }], 'team.id', ' (team.id)'],
    [[{ path: [{ key: 'team' }, 0] }], 'team.0', ' (team.0)'],
    [[{ path: ['a b'] }], '…', ' (…)'],
    [[{ path: ['x'.repeat(41)] }], '…', ' (…)'],
    [[{ path: [Symbol('s')] }], '…', ' (…)'],
    [[{ path: ['a'] }, { path: ['a'] }, { path: ['b'] }], 'a', ' (a, b)'],
    [[{ path: [] }], undefined, ''],
    [[{}], undefined, ''],
    [[], undefined, ''],
    [[...'abcdefg'].map((key) => ({ path: [key] })), 'a', ' (a, b, c, d, e)'],
  ])('%j is reported by its keys', async (issues, claim, names) => {
    const error = await refused(
      schemaOf(() => ({ issues: issues.map((issue) => ({ message: 'a value', ...issue })) })),
      {},
    );
    expect([error.claim, error.message]).toEqual([
      claim,
      `the claims do not match the schema${names}`,
    ]);
  });
});

describe('a schema that fails', () => {
  it.each<[string, () => unknown]>([
    ['throws', () => expect.fail('the schema is broken')],
    ['rejects', async () => expect.fail('the schema is broken')],
    ['returns nothing useful', () => ({})],
  ])('and %s refuses the token, with an error that is not a verdict on it', async (_, validate) => {
    const { verify } = verifierOf(schemaOf(validate as () => { value: object }));
    for (let i = 0; i < 2; i++) {
      const error: unknown = await verify(tokenOf({})).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(isAuthError(error)).toBe(false);
    }
  });

  it.each([
    undefined,
    null,
    {},
    { '~standard': { version: 2, validate: () => ({}) } },
    { '~standard': {} },
  ])('to be one is a TypeError at once: %j', (schema) => {
    const claimsSchema = schema as unknown as ClaimsSchema<object>;
    expect(() => createVerifier({ secret: SECRET, claimsSchema })).toThrow(TypeError);
  });
});
