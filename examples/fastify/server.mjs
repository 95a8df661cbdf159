// A Fastify application. Every route needs a token unless it is marked as public.
import Fastify from 'fastify';
import { protect } from './protect.mjs';

const app = Fastify();
protect(app);
app.get('/healthz', { config: { public: true } }, async () => '.');
app.get('/me', async (request) => request.auth?.claims);

const url = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 3000) });
console.log(`listening on ${url}`);
