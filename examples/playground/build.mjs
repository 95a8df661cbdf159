import { fileURLToPath } from 'node:url';
import { buildInto } from './page-files.mjs';

await buildInto(fileURLToPath(new URL('dist', import.meta.url)));
