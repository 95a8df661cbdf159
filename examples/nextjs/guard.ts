// Puts a Next.js handler behind the authenticator of @zep-auth/server.
import { type Auth, createAuthenticator, toResponse } from '@zep-auth/server';
import { z } from 'zod';

const claimsSchema = z.object({ sub: z.string() }); // a token without a subject is refused
type Claims = z.output<typeof claimsSchema>;

/** A handler as Next.js calls it, with whose request it is in between. */
type Handler<Context> = (
  request: Request,
  auth: Auth<Claims> | undefined,
  context: Context,
) => Response | Promise<Response>;

// A function, so that the environment is read with a request: `next build` loads this file, and has no secret.
const { authenticate } = createAuthenticator({ env: () => process.env, claimsSchema });

/** The refusal of a request; `undefined` for one that may pass. */
export const refuse = async (request: Request): Promise<Response | undefined> => {
  const result = await authenticate(request);
  return result.outcome === 'refused' ? toResponse(result) : undefined;
};

export const protect =
  <Context>(handler: Handler<Context>, ...scopes: string[]) =>
  async (request: Request, context: Context): Promise<Response> => {
    const result = await authenticate(request, undefined, { scopes });
    if (result.outcome === 'refused') return toResponse(result);
    return handler(request, result.auth, context);
  };
