// Builds the site into dist: the pages by VitePress, and the playground beside them.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vitepress';
import { generate } from './generate.mjs';
import { PLAYGROUND, root } from './pages.mjs';

const { buildInto } = await import(new URL(`${PLAYGROUND}/page-files.mjs`, root));

await generate();
await build(fileURLToPath(new URL('.', import.meta.url)));
await buildInto(fileURLToPath(new URL('dist/playground', import.meta.url)));

// On the site, the playground has a way back.
const page = new URL('dist/playground/index.html', import.meta.url);
const html = await readFile(page, 'utf8');
const parts = '<nav aria-label="Parts of this page">';
if (!html.includes(parts)) throw new Error('the playground has no list of its parts');
await writeFile(
  page,
  html.replace(parts, `${parts}\n        <a href="../index.html">zep-auth</a>`),
);
