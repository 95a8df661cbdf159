// Builds the application, and asks the server that comes out.
import { fileURLToPath } from 'node:url';
import * as core from '@zep-auth/core';
import { testBuiltApi } from '../../../conformance/kit/api.mjs';

await testBuiltApi({
  folder: fileURLToPath(new URL('..', import.meta.url)),
  core,
  build: ['node_modules/nitro/dist/cli/index.mjs', 'build'],
  serve: '.output/server/index.mjs',
  listening: /^Listening on .*?:(\d+)/m,
  types: ['routes/api/me.get.ts', 'routes/api/things/[id].delete.ts'],
});
