// The code blocks of a page in docs/, ready to be loaded or started.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '../../../conformance/kit/typescript.mjs';

export const folder = fileURLToPath(new URL('..', import.meta.url));
const generated = '.generated';

/** The code blocks of a page in one language. */
export const readBlocks = async (page, language = 'ts') => {
  const text = await readFile(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  return blocks.filter(([, name]) => name === language).map(([, , code]) => code);
};

/** Writes a block to a file of the example, and returns its path there. */
export const writeBlock = async (page, index = 0, language = 'ts', name = undefined) => {
  const code = (await readBlocks(page, language))[index];
  if (code === undefined) throw new Error(`${page} has no block ${index} of ${language}`);
  const file = name ?? `${page.replace(/\W+/g, '-')}-${index}.${language}`;
  await mkdir(join(folder, generated), { recursive: true });
  await writeFile(join(folder, generated, file), code);
  return `${generated}/${file}`;
};

/** Compiles a block for Node, and returns the path of the module. */
export const compileBlock = async (page, index = 0, options = {}) =>
  compile(folder, await writeBlock(page, index), options);
