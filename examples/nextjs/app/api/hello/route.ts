// A route that needs a token, however Next.js comes here.
import { protect } from '../../../guard';

export const GET = protect((_request, auth) => Response.json({ hello: auth?.claims.sub ?? null }));
