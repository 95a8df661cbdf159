// A macro of Elysia that asks the authenticator of @zep-auth/server: `{ scopes: [] }` on a route closes it.
import { createAuthenticator, toProblem } from '@zep-auth/server';
import { Elysia } from 'elysia';
import { z } from 'zod';

const claimsSchema = z.object({ sub: z.string() }); // a token without a subject is refused
const { authenticate } = createAuthenticator({ env: process.env, claimsSchema });

export const guard = new Elysia({ name: 'guard' }).macro({
  scopes: (scopes: string[]) => ({
    async resolve({ request, set, status }) {
      const result = await authenticate(request, undefined, { scopes });
      if (result.outcome !== 'refused') return { auth: result.auth };
      const problem = toProblem(result);
      Object.assign(set.headers, problem.headers);
      return status(problem.status, problem.document);
    },
  }),
});
