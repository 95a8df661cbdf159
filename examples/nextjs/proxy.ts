// Next.js calls this before any route, page or file under /api. Each route handler calls the guard again.
export { refuse as proxy } from './guard';

export const config = { matcher: '/api/:path*' };
