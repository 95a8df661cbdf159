// Next.js runs this before every route under /api. It is a second lock: each route handler has the guard too.
import { protect } from './guard';

const guard = protect(() => new Response());

export const proxy = async (request: Request): Promise<Response | undefined> => {
  const answer = await guard(request, undefined);
  return answer.ok ? undefined : answer; // undefined: Next.js goes on to the route
};

export const config = { matcher: '/api/:path*' };
