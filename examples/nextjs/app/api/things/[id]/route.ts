// A route that needs a scope.
import { protect } from '../../../../guard';

type Context = { readonly params: Promise<{ readonly id: string }> };

export const DELETE = protect(async (_request, auth, { params }: Context) => {
  console.log(`${auth?.claims.sub} deleted ${(await params).id}`);
  return new Response(null, { status: 204 });
}, 'things:write');
