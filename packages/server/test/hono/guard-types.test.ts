// The types that the guard gives to the handlers behind it, checked by the compiler.
import type { JwtClaims } from '@zep-auth/core';
import { Hono, type MiddlewareHandler } from 'hono';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type Auth,
  type AuthVariables,
  authGuard,
  createGate,
  type GateOptions,
  type GuardOptions,
  type GuardResult,
  type OptionalAuthVariables,
  requireScope,
} from '../../src/index.ts';
import { config, TOKEN } from '../tokens.ts';

// A plain interface, as an application would write it.
interface Claims {
  readonly sub: string;
  readonly team?: string;
}

const authorized = { headers: { authorization: `Bearer ${TOKEN}` } };

describe('c.var.auth', () => {
  it('has the claims of the caller’s own type', async () => {
    const app = new Hono().get('/', authGuard<Claims>({ config }), (c) => {
      expectTypeOf(c.var.auth).toExtend<Auth<Claims>>();
      expectTypeOf(c.var.auth.claims.sub).toEqualTypeOf<string>();
      expectTypeOf(c.var.auth.claims.exp).toEqualTypeOf<number | undefined>();
      expectTypeOf(c.var.auth.keyId).toEqualTypeOf<string>();
      return c.text(c.var.auth.claims.sub);
    });
    expect(await (await app.request('/', authorized)).text()).toBe('alice');
  });

  it('has the registered claims by default, and others of unknown type', async () => {
    const app = new Hono().get('/', authGuard({ config }), (c) => {
      expectTypeOf(c.var.auth.claims).toEqualTypeOf<JwtClaims>();
      expectTypeOf(c.var.auth.claims.sub).toEqualTypeOf<string | undefined>();
      expectTypeOf(c.var.auth.claims['role']).toEqualTypeOf<unknown>();
      return c.json(c.var.auth.claims.sub);
    });
    expect(await (await app.request('/', authorized)).json()).toBe('alice');
  });

  it('may be undefined behind an optional guard and behind public paths', async () => {
    const optional = authGuard<Claims>({ config, optional: true });
    const open = authGuard<Claims>({ config, publicPaths: ['/'] });
    expectTypeOf(optional).toExtend<
      MiddlewareHandler<{ Variables: OptionalAuthVariables<Claims> }>
    >();
    expectTypeOf(open).toEqualTypeOf<typeof optional>();
    const app = new Hono().get('/', optional, (c) => {
      expectTypeOf(c.var.auth).toExtend<Auth<Claims> | undefined>();
      expectTypeOf<undefined>().toExtend<typeof c.var.auth>();
      // @ts-expect-error: an optional guard promises no claims
      expect(() => c.var.auth.claims).toThrow(TypeError);
      return c.text(c.var.auth?.claims.sub ?? 'anonymous');
    });
    expect(await (await app.request('/')).text()).toBe('anonymous');
  });

  it('is defined if optional is false and no path is public', () => {
    const guard = authGuard<Claims>({ config, optional: false, publicPaths: [] });
    expectTypeOf(guard).toExtend<MiddlewareHandler<{ Variables: AuthVariables<Claims> }>>();
    expect(guard.name).toBe('authGuard');
  });
});

describe('the options', () => {
  it('accept every documented option', () => {
    expectTypeOf<GateOptions>().toExtend<GuardOptions>();
    expectTypeOf(createGate).returns.toEqualTypeOf<Hono>();
    expectTypeOf<GuardResult['outcome']>().toEqualTypeOf<
      'accepted' | 'refused' | 'anonymous' | 'public' | 'preflight' | 'off'
    >();
    expectTypeOf<'token'>().not.toExtend<keyof GuardResult>();
  });

  it('of requireScope are one or more scopes', () => {
    expectTypeOf(requireScope).toBeCallableWith('read', 'write');
    // @ts-expect-error: without a scope it would require nothing
    expect(() => requireScope()).toThrow(TypeError);
  });
});
