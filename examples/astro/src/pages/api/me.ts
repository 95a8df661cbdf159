import { protect } from '../../guard';

export const GET = protect((_context, auth) => Response.json({ sub: auth?.claims.sub ?? null }));
