import { protect } from '../../../guard';

export const DELETE = protect(({ params }, auth) => {
  console.log(`${auth?.claims.sub} deleted ${params['id']}`);
  return new Response(null, { status: 204 });
}, 'things:write');
