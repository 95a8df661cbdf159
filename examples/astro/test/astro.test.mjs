// Builds the application, and asks the server that comes out.
import { fileURLToPath } from 'node:url';
import * as core from '@zep-auth/core';
import { testBuiltApi } from '../../../conformance/kit/api.mjs';

await testBuiltApi({
  folder: fileURLToPath(new URL('..', import.meta.url)),
  core,
  build: ['node_modules/astro/astro.js', 'build'],
  serve: 'dist/server/entry.mjs',
  listening: /Server listening on .*?:(\d+)/m,
  types: ['src/pages/api/me.ts', 'src/pages/api/things/[id].ts'],
});
