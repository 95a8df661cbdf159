// The API with hono-openapi: routes are Hono's own, and describeRoute describes them.
import { swaggerUI } from '@hono/swagger-ui';
import { authGuard, requireScope } from '@zep-auth/server';
import { describeAuth } from '@zep-auth/server/openapi';
import { Hono } from 'hono';
import { describeRoute, openAPIRouteHandler, resolver, validator } from 'hono-openapi';
import { z } from 'zod';

const guard = { env: process.env, scopes: ['notes:read'] };
const { securitySchemes, secure } = describeAuth(guard);

const Note = z.object({ id: z.string(), text: z.string().max(200) });
const content = { 'application/json': { schema: resolver(Note) } };
const notes = new Map([['1', { id: '1', text: 'hello' }]]);

export const app = new Hono();
app.use('/notes/*', authGuard(guard));
app.get(
  '/notes/:id',
  describeRoute(
    secure({
      responses: {
        200: { description: 'The note.', content },
        404: { description: 'No such note.' },
      },
    }),
  ),
  (c) => {
    const note = notes.get(c.req.param('id'));
    return note === undefined ? c.body(null, 404) : c.json(note);
  },
);
app.post(
  '/notes',
  describeRoute(
    secure({ responses: { 201: { description: 'The new note.', content } } }, 'notes:write'),
  ),
  requireScope('notes:write'),
  validator('json', Note),
  (c) => {
    const note = c.req.valid('json');
    notes.set(note.id, note);
    return c.json(note, 201);
  },
);
const info = { title: 'Notes', version: '1' };
const documentation = { openapi: '3.1.0', info, components: { securitySchemes } };
app.get('/openapi.json', openAPIRouteHandler(app, { documentation }));
app.get('/', swaggerUI({ url: '/openapi.json' }));
