// Listens on loopback, on Bun: put TLS in front of it.
import { app } from './app.ts';

app.listen({ hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 3000) }, ({ url }) =>
  console.log(`listening on ${url}`),
);
