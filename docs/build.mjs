// Builds the site into dist: the pages by VitePress, and the playground beside them.
import { fileURLToPath } from 'node:url';
import { build } from 'vitepress';
import { generate } from './generate.mjs';
import { PLAYGROUND, root } from './pages.mjs';

const { buildInto } = await import(new URL(`${PLAYGROUND}/page-files.mjs`, root));

await generate();
await build(fileURLToPath(new URL('.', import.meta.url)));
await buildInto(fileURLToPath(new URL('dist/playground', import.meta.url)));
