// Runs every README and every page of docs/: the TypeScript is type-checked and run, the commands are executed.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createVerifier, generateSecret, signToken } from '@zep-auth/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const generated = join(root, 'examples/quickstart/.generated');
const zepcli = join(root, 'node_modules/.bin/zepcli'); // what `npx zepcli` runs in a clone

const listPages = (...folders: readonly string[]): string[] =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );

const docs = listPages('docs', 'docs/guides', 'docs/recipes');
const documents = [
  'README.md',
  ...['core', 'server', 'sdk-auth', 'cli'].map((name) => `packages/${name}/README.md`),
  ...docs,
];

/** Pages whose TypeScript needs packages or runtimes that examples/recipes has: its tests run them. */
const RUN_BY_RECIPES = /^docs\/(?:recipes\/|platforms\.md|testing\.md)/;

/** The code blocks of a document in one language, each with its line number. */
const readBlocks = (page: string, language: string) => {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(({ index, 2: code = '' }) => ({
      code,
      name: `${page}:${text.slice(0, index).split('\n').length}`,
    }));
};

const files = documents
  .filter((page) => !RUN_BY_RECIPES.test(page))
  .flatMap((page) => readBlocks(page, 'ts'))
  .map(({ code, name }) => ({
    name,
    code,
    path: join(generated, `${name.replace(/\W+/g, '-')}.ts`),
  }));

const lines = documents
  .flatMap((page) => readBlocks(page, 'sh'))
  .flatMap(({ code, name }) => code.split('\n').map((line) => ({ line, name })))
  .map(({ line, name }) => ({ name, line: line.replace(/ +#.*$/, '') }))
  .filter(({ line }, i, all) => all.findIndex((other) => other.line === line) === i);

// A doctor's URL is somebody else's server, and `zepcli serve` does not end: it has a test below.
const commandLines = lines.filter(({ line }) =>
  /^(?:(?:npx )?zepcli (?!serve(?!.*--check)|doctor.* https:|doctor$)|openssl rand|python3 -c)/.test(
    line,
  ),
);
const serveLines = lines.filter(({ line }) => /^(?:npx )?zepcli serve (?!.*--check)/.test(line));

/** What the clone's `npx zepcli` runs, for a shell in another folder. */
const toShell = (line: string): string =>
  line.replace(/^npx /, '').replaceAll(/\bzepcli (?=[a-z-])/g, `"${zepcli}" `);

/** Without extra certificates, which triple a start of Node. */
const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;
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
  'gate.env': `ZEP_AUTH_SECRET=${secret}\n`,
  'server.env': `ZEP_AUTH_SECRET=${secret}\n`,
};

const folders: string[] = [];
/** A folder with the files that the documents speak of. */
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'zep-auth documents '));
  folders.push(folder);
  for (const [name, text] of Object.entries(inputs)) {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  }
  return folder;
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
  vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...args) {
    const listened = typeof args.at(-1) === 'function' ? [args.at(-1)] : [];
    return Reflect.apply(listen, this, [0, '127.0.0.1', ...listened]).unref();
  });
});

afterAll(() => {
  for (const path of [generated, ...folders]) rmSync(path, { recursive: true, force: true });
});

describe('the code in the documents', () => {
  it('is found', () => {
    expect(files.length).toBeGreaterThan(25);
    expect(commandLines.length).toBeGreaterThan(20);
    expect(serveLines.length).toBeGreaterThan(4);
  });

  it('has no type errors', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', generated], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });

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
    const folder = newFolder();
    // A token that one document revokes must still work in the next.
    const { ZEP_AUTH_STORE_URL, ...others } = env;
    const store = line.includes('revoke') ? { ZEP_AUTH_STORE_URL } : { ZEP_AUTH_STORE_URL: '' };
    const options = {
      cwd: folder,
      env: { ...inherited, ...others, ...store },
      stdio: 'pipe',
    } as const;
    if (line.includes('--finish')) {
      const previous = `ZEP_AUTH_SECRET_PREVIOUS=${generateSecret()}\n`;
      writeFileSync(join(folder, '.env'), `${inputs['.env']}${previous}`, { mode: 0o600 });
    }
    const written = / --write (\S+)/.exec(line)?.[1];
    if (written !== undefined) rmSync(join(folder, written), { force: true });
    const isSilent = /[>]|--write|zepcli rotate/.test(line);
    expect(execFileSync('sh', ['-c', toShell(line)], options).length).toBeGreaterThan(
      isSilent ? -1 : 0,
    );
  });
});

/** Starts the gate of a command line on a free port, and returns that. */
const startGate = async (
  line: string,
  cwd: string,
  variables: NodeJS.ProcessEnv,
): Promise<{ readonly gate: ChildProcess; readonly port: string }> => {
  const command = toShell(line).replace(/ --metrics-port \d+/, '');
  const gate = spawn('sh', ['-c', `exec ${command} --port 0`], { cwd, env: variables });
  let said = '';
  const port = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk;
      const [, found] = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    };
    gate.stdout.on('data', hear);
    gate.stderr.on('data', hear);
    gate.once('exit', (code) => reject(new Error(`exit code ${code}: ${said}`)));
  });
  return { gate, port };
};

const stop = (gate: ChildProcess | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (gate === undefined) return resolve();
    gate.once('exit', () => resolve());
    gate.kill();
  });

describe('a gate in the documents', () => {
  it.each(serveLines)('starts: $line ($name)', async ({ line }) => {
    const { gate, port } = await startGate(line, newFolder(), { ...inherited, ...env });
    try {
      expect((await fetch(`http://127.0.0.1:${port}/things`)).status).toBe(401);
    } finally {
      await stop(gate);
    }
  });
});

describe('the first steps', () => {
  it.each(['README.md', 'docs/start.md'])('work as printed, in a new folder: %s', async (page) => {
    const folder = mkdtempSync(join(tmpdir(), 'zep-auth first steps '));
    const api = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const apiPort = (api.address() as AddressInfo).port; // bound, and not to a socket
    const steps = readBlocks(page, 'sh').flatMap(({ code }) => code.trim().split('\n'));
    const clean = Object.fromEntries(
      Object.entries(inherited).filter(([name]) => !/^ZEP_/.test(name)),
    );
    const answers: string[] = [];
    let gate: ChildProcess | undefined;
    let gatePort = '';
    try {
      for (const step of steps.filter((line) => !line.startsWith('npm '))) {
        const line = step.replaceAll('8000', String(apiPort)).replaceAll('8790', gatePort);
        if (line.includes('zepcli serve')) {
          ({ gate, port: gatePort } = await startGate(line, folder, clean));
          continue;
        }
        if (line.startsWith('npx zepcli -i') && existsSync(join(folder, '.env'))) break;
        const said = await new Promise<string>((resolve, reject) => {
          const shell = spawn('sh', ['-c', toShell(line)], { cwd: folder, env: clean });
          shell.stdin.end();
          let text = '';
          shell.stdout.on('data', (chunk) => {
            text += chunk;
          });
          shell.once('close', (code) =>
            code === 0 ? resolve(text) : reject(new Error(`${line}: exit code ${code}`)),
          );
        });
        if (line.includes('curl')) answers.push(said.split('\r\n')[0] ?? '');
      }
    } finally {
      await stop(gate);
      api.close();
      rmSync(folder, { recursive: true });
    }
    expect(answers).toEqual(['HTTP/1.1 401 Unauthorized', 'HTTP/1.1 200 OK']);
  });
});

describe('the code of an example in a guide', () => {
  const guide = 'docs/guides/express-fastify.md';
  it.each(['express/bearer', 'express/server', 'fastify/protect', 'fastify/server'])(
    'is the code that the test of the example runs: %s',
    (name) => {
      const code = readFileSync(join(root, `examples/${name}.mjs`), 'utf8');
      expect(readBlocks(guide, 'js').map((block) => block.code)).toContain(code);
    },
  );

  it.each(['claude', 'cursor'])('is the configuration of the example: %s', (name) => {
    const code = readFileSync(join(root, `examples/mcp-server/${name}.mcp.json`), 'utf8');
    expect(readBlocks('docs/guides/mcp.md', 'json').map((block) => block.code)).toContain(code);
  });
});

describe('the page of error codes', () => {
  it('has every code of core, and no other', () => {
    const source = readFileSync(join(root, 'packages/core/src/errors.ts'), 'utf8');
    const codes = [...source.matchAll(/^ {2}\| '(ERR_\w+)'/gm)].map(([, code]) => code);
    const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
    const headings = [...page.matchAll(/^### (ERR_\w+)$/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(15);
    expect(headings.sort()).toEqual(codes.sort());
  });
});

/** The anchor that GitHub and the site make of a heading. */
const toAnchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');

describe('a link in a document', () => {
  const examples = readdirSync(join(root, 'examples')).flatMap((name) =>
    name === 'templates'
      ? [
          `examples/${name}`,
          ...readdirSync(join(root, 'examples', name), { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map((entry) => `examples/${name}/${entry.name}`),
        ]
      : [`examples/${name}`],
  );
  const pages = [...documents, ...listPages('.', 'bench', ...examples)];

  it.each([...new Set(pages)])('leads to a file and a heading that exist: %s', (page) => {
    const text = readFileSync(join(root, page), 'utf8').replace(/^```.*?^```$/gms, '');
    const targets = [...text.matchAll(/\]\((?!\w+:)([^)\s]+)/g)].map(([, target = '']) => target);
    const missing = targets.filter((target) => {
      const [path = '', anchor] = target.split('#');
      let file = path === '' ? join(root, page) : join(root, dirname(page), path);
      if (!existsSync(file)) return true;
      if (anchor === undefined || anchor === 'readme') return false;
      if (!file.endsWith('.md')) file = join(file, 'README.md');
      const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm);
      return !Array.from(headings, ([, heading = '']) => toAnchor(heading)).includes(anchor);
    });
    expect(missing).toEqual([]);
  });
});

describe('the picture of the layers in docs/architecture.md', () => {
  const [picture] = readBlocks('docs/architecture.md', 'layers');
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

describe('a token made in another language', () => {
  const page = 'docs/guides/other-languages.md';
  const languages = [
    { language: 'python', file: 'token.py', program: 'python3', args: ['token.py'] },
    { language: 'go', file: 'main.go', program: 'go', args: ['run', 'main.go'] },
    { language: 'java', file: 'Token.java', program: 'java', args: ['Token.java'] },
  ];

  it.for(languages)(
    'is accepted: $language',
    async ({ language, file, program, args }, { skip }) => {
      const folder = mkdtempSync(join(tmpdir(), 'zep-auth-'));
      const [block] = readBlocks(page, language);
      writeFileSync(join(folder, file), block?.code ?? '');
      const options = {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, ...env, GOCACHE: join(folder, 'cache'), GOTOOLCHAIN: 'local' },
        stdio: 'pipe',
      } as const;
      try {
        const { error, stdout: made } = spawnSync(program, args, options);
        // In CI every program is there.
        if (error && !process.env['CI']) skip(`${program} is not installed`);
        const { claims } = await createVerifier({ secret }).verify(made.trim());
        expect(claims).toMatchObject({ sub: 'alice', exp: (claims.iat ?? 0) + 3600 });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
