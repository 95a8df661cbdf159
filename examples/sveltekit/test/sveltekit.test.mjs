// Builds the application, and asks the server that comes out.
import { fileURLToPath } from 'node:url';
import * as core from '@zep-auth/core';
import { testBuiltApi } from '../../../conformance/kit/api.mjs';

await testBuiltApi({
  folder: fileURLToPath(new URL('..', import.meta.url)),
  core,
  build: ['node_modules/vite/bin/vite.js', 'build'],
  serve: 'build',
  listening: /^Listening on .*?:(\d+)/m,
});
