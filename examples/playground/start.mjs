// Builds the page and serves it on loopback.
import { fileURLToPath } from 'node:url';
import { buildInto, createPageServer, readHeaders } from './page-files.mjs';

const dist = fileURLToPath(new URL('dist', import.meta.url));
await buildInto(dist);
const server = createPageServer(dist, await readHeaders(dist));
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});
