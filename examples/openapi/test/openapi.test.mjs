// The document of each API, checked by a validator and against what the API does.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { testAuth } from '@zep-auth/server/testing';
import { checkTypes, load } from '../../../conformance/kit/typescript.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
const { env, authorization } = testAuth({ claims: { sub: 'alice', scope: 'notes:read' } });
Object.assign(process.env, env);

const readOnly = await authorization();
const writer = await authorization({ scope: 'notes:read notes:write' });
const stranger = await testAuth().authorization({ scope: 'notes:read' });

for (const entry of ['hono-openapi.ts', 'zod-openapi.ts']) {
  describe(entry, () => {
    let app;
    let document;
    before(async () => {
      ({ app } = await load(folder, entry));
      document = await (await app.request('/openapi.json')).json();
    });
    const send = (method, path, authorization, body) =>
      app.request(path, {
        method,
        headers: {
          ...(authorization && { authorization }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });

    it('has a document that is valid OpenAPI 3.1', async () => {
      const validator = new Validator();
      assert.deepEqual(await validator.validate(document), { valid: true });
      assert.equal(validator.version, '3.1');
      const broken = structuredClone(document);
      broken.paths['/notes'].post.security = 'bearer';
      assert.equal((await validator.validate(broken)).valid, false);
    });

    it('documents the scheme, the scopes of each operation, and the refusals', () => {
      const { bearer } = document.components.securitySchemes;
      assert.deepEqual(
        [bearer.type, bearer.scheme, bearer.bearerFormat],
        ['http', 'bearer', 'JWT'],
      );
      const read = document.paths['/notes/{id}'].get;
      const write = document.paths['/notes'].post;
      assert.deepEqual(read.security, [{ bearer: ['notes:read'] }]);
      assert.deepEqual(write.security, [{ bearer: ['notes:read', 'notes:write'] }]);
      assert.deepEqual(Object.keys(read.responses), ['200', '400', '401', '403', '404']);
      assert.deepEqual(Object.keys(write.responses), ['201', '400', '401', '403']);
    });

    it('refuses as the document says', async () => {
      const { responses } = document.paths['/notes'].post;
      const note = { id: '2', text: 'new' };
      const refusals = [
        await send('POST', '/notes', undefined, note),
        await send('POST', '/notes', stranger, note),
        await send('POST', '/notes', readOnly, note),
        await send('POST', '/notes', `${readOnly}, ${readOnly}`, note),
      ];
      assert.deepEqual(
        refusals.map(({ status }) => status),
        [401, 401, 403, 400],
      );
      for (const refused of refusals) {
        const { headers, content } = responses[refused.status];
        for (const name of Object.keys(headers)) assert.ok(refused.headers.get(name), name);
        const [[type, { schema }]] = Object.entries(content);
        assert.equal(refused.headers.get('content-type'), type);
        const problem = await refused.json();
        for (const name of schema.required) assert.ok(name in problem, name);
        for (const name of Object.keys(problem)) assert.ok(name in schema.properties, name);
        if ('code' in problem) assert.ok(schema.properties.code.enum.includes(problem.code));
      }
      assert.equal((await send('GET', '/notes/2', writer)).status, 404);
    });

    it('answers as the document says', async () => {
      const note = { id: '3', text: 'new' };
      const made = await send('POST', '/notes', writer, note);
      assert.deepEqual([made.status, await made.json()], [201, note]);
      assert.deepEqual(await (await send('GET', '/notes/3', readOnly)).json(), note);
    });
  });
}

it('has no type errors', () => {
  checkTypes(folder, ['start.ts', 'hono-openapi.ts', 'zod-openapi.ts'], {
    allowImportingTsExtensions: 'true',
  });
});
