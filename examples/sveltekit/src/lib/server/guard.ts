// Puts a handler of +server.ts behind the authenticator of @zep-auth/server.
import type { RequestEvent } from '@sveltejs/kit';
import { type Auth, createAuthenticator, toResponse } from '@zep-auth/server';
import { z } from 'zod';
import { env } from '$env/dynamic/private';

const claimsSchema = z.object({ sub: z.string() }); // a token without a subject is refused
type Claims = z.output<typeof claimsSchema>;

// A function, so that the environment is read with a request: the build loads this file, and has no secret.
const { authenticate } = createAuthenticator({ env: () => env, claimsSchema });

export const protect =
  <Event extends RequestEvent>(
    handler: (event: Event, auth: Auth<Claims> | undefined) => Response | Promise<Response>,
    ...scopes: string[]
  ) =>
  async (event: Event): Promise<Response> => {
    const result = await authenticate(event.request, undefined, { scopes });
    return result.outcome === 'refused' ? toResponse(result) : handler(event, result.auth);
  };
