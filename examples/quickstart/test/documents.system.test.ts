// Runs every README: its TypeScript is type-checked and run, its zepcli commands are executed.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Server } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { generateSecret, signToken } from '@zep-auth/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const generated = join(root, 'examples/quickstart/.generated');
const zepcli = join(root, 'node_modules/.bin/zepcli'); // what `npx zepcli` runs in a clone

const documents = ['.', 'packages/core', 'packages/server', 'packages/sdk-auth', 'packages/cli'];

/** The code blocks of a document in one language, each with its line number. */
const readBlocks = (folder: string, language: string, file = 'README.md') => {
  const text = readFileSync(join(root, folder, file), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(({ index, 2: code = '' }) => ({
      code,
      name: `${folder}/${file}:${text.slice(0, index).split('\n').length}`,
    }));
};

const snippets = documents.flatMap((folder) => readBlocks(folder, 'ts'));
const files = snippets.map(({ code, name }) => ({
  name,
  code,
  path: join(generated, `${name.replace(/\W+/g, '-')}.ts`),
}));

const commandLines = documents
  .flatMap((folder) => readBlocks(folder, 'sh'))
  .concat(readBlocks('docs', 'sh', 'operations.md'))
  .flatMap(({ code, name }) => code.split('\n').map((line) => ({ line, name })))
  .filter(({ line }) => /^(?:npx )?zepcli (?!serve|doctor)/.test(line))
  .map(({ line, name }) => ({ name, line: line.replace(/ +#.*$/, '') }))
  .filter(({ line }, i, all) => all.findIndex((other) => other.line === line) === i);

const secret = generateSecret();
const token = await signToken(secret);
const env = {
  ZEP_AUTH_SECRET: secret,
  ZEP_API_KEY: token,
  ZEP_AUTH_STORE_URL: pathToFileURL(join(generated, 'store')).href,
};
const inputs = {
  'token.txt': token,
  'secret.txt': secret,
  '.env': `ZEP_AUTH_SECRET=${secret}\n`,
};

beforeAll(() => {
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated);
  for (const { path, code } of files) writeFileSync(path, `${code}\nexport {};\n`);
  mkdirSync(join(generated, 'store'));
  const compilerOptions = { noUnusedLocals: false }; // a snippet may end with an unused result
  const config = { extends: '../test/tsconfig.json', compilerOptions, include: ['*.ts'] };
  writeFileSync(join(generated, 'tsconfig.json'), JSON.stringify(config));
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  for (const method of ['log', 'warn'] as const) vi.spyOn(console, method).mockReturnValue();
  // A snippet that listens on a fixed port gets a free one.
  const { listen } = Server.prototype;
  vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
    return Reflect.apply(listen, this, [0, '127.0.0.1']).unref();
  });
});

afterAll(() => rmSync(generated, { recursive: true, force: true }));

describe('the code in the documents', () => {
  it('is found', () => {
    expect(snippets.length).toBeGreaterThan(12);
    expect(commandLines.length).toBeGreaterThan(10);
  });

  it('has no type errors', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-p', generated], { stdio: 'pipe', encoding: 'utf8' });
  }, 60_000);

  it.each(files)('runs: $name', async ({ path }) => {
    await import(path);
  });

  it('works as documented', async () => {
    const guarded = files.filter(({ code }) => code.includes('export default'));
    expect(guarded.length).toBeGreaterThan(2);
    for (const { path } of guarded) {
      const { default: app } = await import(path);
      expect((await app.request('/me')).status).toBe(401);
    }
  });

  it.each(commandLines)('is a command line that works: $line ($name)', ({ line }) => {
    const command = line.replace(/^npx /, '').replaceAll('zepcli', `"${zepcli}"`);
    // A token that one document revokes must still work in the next.
    const { ZEP_AUTH_STORE_URL, ...others } = env;
    const store = line.includes('revoke') ? { ZEP_AUTH_STORE_URL } : { ZEP_AUTH_STORE_URL: '' };
    const options = {
      cwd: generated,
      env: { ...process.env, ...others, ...store },
      stdio: 'pipe',
    } as const;
    // Each line starts from the same files, and the file that it writes is not there yet.
    for (const [name, text] of Object.entries(inputs)) {
      writeFileSync(join(generated, name), text, { mode: 0o600 });
    }
    const written = / --write (\S+)/.exec(line)?.[1];
    if (written !== undefined) rmSync(join(generated, written), { force: true });
    const isSilent = /[>]|--write|zepcli rotate/.test(line);
    expect(execFileSync('sh', ['-c', command], options).length).toBeGreaterThan(isSilent ? -1 : 0);
  });
});

describe('a link in a document', () => {
  const examples = readdirSync(join(root, 'examples')).map((name) => join('examples', name));
  const pages = [...documents, 'docs', 'docs/recipes', 'bench', ...examples].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );

  it.each(pages)('leads to a file that exists: %s', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const targets = [...text.matchAll(/\]\((?!\w+:|#)([^)#]+)/g)].map(([, target = '']) => target);
    const missing = targets.filter((target) => !existsSync(join(root, dirname(page), target)));
    expect(missing).toEqual([]);
  });
});

describe('the picture of the layers in docs/architecture.md', () => {
  const [picture] = readBlocks('docs', 'layers', 'architecture.md');
  let folder = '';
  const layers = new Map<string, number>();
  for (const [number, line] of (picture?.code ?? '').split('\n').entries()) {
    if (/^\S/.test(line)) folder = line;
    const [names = ''] = line.trim().split(/ {2,}/);
    for (const name of names.split(' ').filter((word) => word.endsWith('.ts'))) {
      layers.set(join(folder, name), number);
    }
  }

  it('shows imports that all lead down', () => {
    expect(layers.size).toBeGreaterThan(30);
    for (const [file, layer] of layers) {
      const code = readFileSync(join(root, file), 'utf8');
      for (const [, target = ''] of code.matchAll(/ from '(\.[^']+)'/g)) {
        const imported = join(dirname(file), target);
        expect({ file, imported, isBelow: (layers.get(imported) ?? Infinity) > layer }).toEqual({
          file,
          imported,
          isBelow: true,
        });
      }
    }
  });
});

describe('a token made by another tool', () => {
  it('is the same as that of core', ({ skip }) => {
    const [python] = readBlocks('.', 'python');
    let made: string;
    try {
      made = execFileSync('python3', ['-c', python?.code ?? ''], { encoding: 'utf8', env });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') skip('python3 is not here');
      throw error;
    }
    expect(made.trim()).toBe(token);
  });
});
