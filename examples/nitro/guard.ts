// Puts a handler of h3 behind the authenticator of @zep-auth/server.
import { type Auth, createAuthenticator, toResponse } from '@zep-auth/server';
import { defineHandler, type EventHandlerWithFetch, type H3Event } from 'nitro/deps/h3';
import { z } from 'zod';

const claimsSchema = z.object({ sub: z.string() }); // a token without a subject is refused
type Claims = z.output<typeof claimsSchema>;

// A function, so that the environment is read with a request: a build may load this file, and has no secret.
const { authenticate } = createAuthenticator({ env: () => process.env, claimsSchema });

export const protect = (
  handler: (event: H3Event, auth: Auth<Claims> | undefined) => unknown,
  ...scopes: string[]
): EventHandlerWithFetch =>
  defineHandler(async (event) => {
    const result = await authenticate(event.req, undefined, { scopes });
    return result.outcome === 'refused' ? toResponse(result) : handler(event, result.auth);
  });
