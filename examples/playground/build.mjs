// Builds the page into dist.
// Never puts anything there but the page's own files.
import { fileURLToPath } from 'node:url';
import { buildInto } from './page-files.mjs';

await buildInto(fileURLToPath(new URL('dist', import.meta.url)));
