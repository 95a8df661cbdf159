// The API with @hono/zod-openapi: a route is an object, to which secure() adds what the guard asks for.
import { swaggerUI } from '@hono/swagger-ui';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { authGuard, requireScope } from '@zep-auth/server';
import { describeAuth } from '@zep-auth/server/openapi';

const guard = { env: process.env, scopes: ['notes:read'] };
const { securitySchemes, secure } = describeAuth(guard);

const Note = z.object({ id: z.string(), text: z.string().max(200) }).openapi('Note');
const content = { 'application/json': { schema: Note } };
const notes = new Map([['1', { id: '1', text: 'hello' }]]);

const read = createRoute(
  secure({
    method: 'get',
    path: '/notes/{id}',
    request: { params: z.object({ id: z.string() }) },
    responses: {
      200: { description: 'The note.', content },
      404: { description: 'No such note.' },
    },
  }),
);
const write = createRoute(
  secure(
    {
      method: 'post',
      path: '/notes',
      middleware: requireScope('notes:write'),
      request: { body: { content, required: true } },
      responses: { 201: { description: 'The new note.', content } },
    },
    'notes:write',
  ),
);

export const app = new OpenAPIHono();
app.use('/notes/*', authGuard(guard));
app.openapi(read, (c) => {
  const note = notes.get(c.req.valid('param').id);
  return note === undefined ? c.body(null, 404) : c.json(note, 200);
});
app.openapi(write, (c) => {
  const note = c.req.valid('json');
  notes.set(note.id, note);
  return c.json(note, 201);
});
for (const [name, scheme] of Object.entries(securitySchemes)) {
  app.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
}
app.doc31('/openapi.json', { openapi: '3.1.0', info: { title: 'Notes', version: '1' } });
app.get('/', swaggerUI({ url: '/openapi.json' }));
