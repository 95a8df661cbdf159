// A route that needs a token, even if the proxy did not run.
import { protect } from '../../../guard';

export const GET = protect((_request, auth) =>
  Response.json({ hello: auth?.claims['sub'] ?? null }),
);
