// Serves one of the two on loopback: `node start.ts zod-openapi`.
import { serve } from '@hono/node-server';

const { app } =
  process.argv[2] === 'hono-openapi'
    ? await import('./hono-openapi.ts')
    : await import('./zod-openapi.ts');
serve(
  { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 3000) },
  ({ port }) => console.log(`listening on http://127.0.0.1:${port}`),
);
