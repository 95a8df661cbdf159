// An Express application with one public route, which comes before the guard.
import express from 'express';
import { bearer } from './bearer.mjs';

const app = express();
app.get('/healthz', (_request, response) => response.send('.')); // before the guard: public
app.use(bearer);
app.get('/me', (request, response) => response.json(request.auth?.claims));

const server = app.listen(process.env.PORT ?? 3000, '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
