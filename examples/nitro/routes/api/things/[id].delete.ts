import { protect } from '../../../guard';

export default protect((event, auth) => {
  console.log(`${auth?.claims.sub} deleted ${event.context.params?.['id']}`);
  return new Response(null, { status: 204 });
}, 'things:write');
