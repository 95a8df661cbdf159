// What Next.js asks before any route, page or file under /api. Each route handler has the guard itself as well.
export { refuse as proxy } from './guard';

export const config = { matcher: '/api/:path*' };
