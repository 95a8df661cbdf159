import { protect } from '$lib/server/guard';

export const GET = protect((_event, auth) => Response.json({ sub: auth?.claims.sub ?? null }));
