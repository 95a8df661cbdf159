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

/** Code that a guide shows whole. Its packages are those of the example, whose test runs it. */
const MCP_GUIDE = 'docs/guides/mcp.md';
const MCP_EXAMPLES = ['mcp-server/server.ts', 'mcp-server/client.ts', 'mcp-hono/server.ts'];
const readExample = (name: string): string => readFileSync(join(root, 'examples', name), 'utf8');
const exampleCode = MCP_EXAMPLES.map(readExample);

const files = documents
  .filter((page) => !RUN_BY_RECIPES.test(page))
  .flatMap((page) => readBlocks(page, 'ts'))
  .filter(({ code }) => !exampleCode.includes(code))
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

// A doctor's URL is another server, and `zepcli serve` does not end: both have a test below.
const commandLines = lines.filter(({ line }) =>
  /^(?:(?:npx )?zepcli (?!serve(?!.*--check)|doctor.* https:)|openssl rand|python3 -c)/.test(line),
);
const completionLines = [
  ...lines.filter(({ line }) => line.startsWith('source <(')),
  ...readBlocks('packages/cli/README.md', 'fish').map(({ code, name }) => ({
    line: code.trim().replace(/ +#.*$/, ''),
    name,
  })),
].map(({ line, name }) => ({ line, name, shell: /fish|zsh|bash/.exec(line)?.[0] ?? '' }));
const serveLines = lines.filter(({ line }) => /^(?:npx )?zepcli serve (?!.*--check)/.test(line));

/** What the clone's `npx zepcli` runs, for a shell in another folder. */
const toShell = (line: string): string =>
  line.replace(/^npx /, '').replaceAll(/\bzepcli (?=[a-z-])/g, `"${zepcli}" `);

/** In CI every program is installed. */
const isInstalled = (program: string): boolean =>
  process.env['CI'] !== undefined || spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

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
  // A snippet may end with an unused result. The types are those of the packages, as in a project of a user.
  const compilerOptions = { noUnusedLocals: false, customConditions: [] };
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

  it.each(['ES2024', 'ES2024,DOM,DOM.Iterable'])(
    'has no type errors with the library %s',
    (lib) => {
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      const args = [tsc, '-p', generated, '--lib', lib];
      const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect(stdout).toBe('');
    },
  );

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
    const store = line.includes('revo') ? { ZEP_AUTH_STORE_URL } : { ZEP_AUTH_STORE_URL: '' };
    const options = {
      cwd: folder,
      env: { ...inherited, ...others, ...store },
      stdio: 'pipe',
    } as const;
    if (line.includes('--finish')) {
      const previous = `ZEP_AUTH_SECRET_PREVIOUS=${generateSecret()}\n`;
      writeFileSync(join(folder, '.env'), `${inputs['.env']}${previous}`, { mode: 0o600 });
    }
    const written = /^(?!.*zepcli revoke).* --write (\S+)/.exec(line)?.[1]; // revoke edits it
    if (written !== undefined) rmSync(join(folder, written), { force: true });
    const isSilent = /[>]|--write|zepcli rotate/.test(line);
    expect(execFileSync('sh', ['-c', toShell(line)], options).length).toBeGreaterThan(
      isSilent ? -1 : 0,
    );
  });

  it.for(completionLines)('completes in its shell: $line', ({ line, shell }, { skip }) => {
    if (!isInstalled(shell)) skip(`${shell} is not installed`);
    // zsh has the functions of its completion only behind compinit.
    const before = shell === 'zsh' ? 'autoload -U compinit && compinit -u -D; ' : '';
    const loaded = { bash: 'complete -p', fish: 'complete', zsh: 'echo $_comps[zepcli]' }[shell];
    const said = execFileSync(shell, ['-c', `${before}${toShell(line)}; ${loaded}`], {
      encoding: 'utf8',
    });
    expect(said).toContain('zepcli');
  });

  it('has no other command than those that a test runs', () => {
    const isRun = [...commandLines, ...serveLines, ...completionLines].map(({ line }) => line);
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const others = lines.filter(({ line }) => {
      const [, script] = /^npm (?:run )?(\w+)/.exec(line) ?? [];
      return (
        line.trim() !== '' &&
        !isRun.includes(line) &&
        script !== 'pack' && // that and the next: the rehearsal of a release
        script !== 'install' &&
        !(script !== undefined && Object.hasOwn(scripts, script)) &&
        !/\bcurl -i /.test(line) && // the first steps
        !/^(?:kill -HUP|mkdir |echo |zepcli doctor.* https:)/.test(line) && // the runbook
        !line.startsWith('PUBLIC_URL=') && // the test of examples/mcp-server
        line !== 'chmod 600 token.txt'
      );
    });
    expect(others).toEqual([]);
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

describe('the runbook', () => {
  const page = 'docs/operations.md';
  const inline = readFileSync(join(root, page), 'utf8').match(/(?<=`)zepcli [^`]+(?=`)/g) ?? [];
  const findLine = (start: string): string => {
    const found = lines.find(({ line, name }) => name.startsWith(page) && line.startsWith(start));
    return found?.line ?? inline.find((line) => line.startsWith(start)) ?? `no line: ${start}`;
  };

  it('works as printed: a deployment, a leaked token, a new secret, a leaked secret', async () => {
    const folder = newFolder();
    rmSync(join(folder, 'gate.env'));
    const storeFolder = mkdtempSync(join(tmpdir(), 'zep-auth-store-'));
    folders.push(storeFolder);
    const api = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const { port: apiPort } = api.address() as AddressInfo; // bound, and not to a socket
    const clean = { ...inherited, ZEP_AUTH_SECRET: '', ZEP_AUTH_STORE_URL: '', ZEP_API_KEY: '' };
    let gate: ChildProcess | undefined;
    let origin = '';
    // Asynchronous, because the API and the gate's output are in this process.
    const runLine = (line: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const command = line
          .replaceAll('http://127.0.0.1:8000', `http://127.0.0.1:${apiPort}`)
          .replaceAll('https://api.example.com', origin)
          .replaceAll('/var/lib/zep-auth', storeFolder);
        const shell = spawn('sh', ['-c', toShell(command)], { cwd: folder, env: clean });
        let said = '';
        for (const stream of [shell.stdout, shell.stderr]) {
          stream.on('data', (chunk) => {
            said += chunk;
          });
        }
        shell.once('close', (code) =>
          code === 0 ? resolve(said) : reject(new Error(`${line}: exit code ${code}: ${said}`)),
        );
      });
    const makeToken = async (): Promise<string> => {
      const said = await runLine(`${findLine('zepcli token --dotenv gate.env')} 2>/dev/null`);
      return said.trim();
    };
    const ask = async (bearer: string): Promise<number> => {
      const headers = { authorization: `Bearer ${bearer}` };
      return (await fetch(`${origin}/v1/things`, { headers })).status;
    };
    const reload = async (): Promise<void> => {
      const reloaded = new Promise<void>((resolve) =>
        gate?.stderr?.on('data', (chunk) => `${chunk}`.includes('reloaded') && resolve()),
      );
      await runLine(findLine('kill -HUP'));
      await reloaded;
    };
    try {
      for (const first of ['zepcli secret | zepcli env', 'mkdir', 'echo']) {
        await runLine(findLine(first));
      }
      const serve = lines.filter(({ line }) => line.startsWith('zepcli serve --dotenv gate.env'));
      const [check, start] = serve.map(({ line }) => line);
      expect(await runLine(check ?? '')).toContain(`${apiPort}`);
      const line = start?.replace('http://127.0.0.1:8000', `http://127.0.0.1:${apiPort}`) ?? '';
      const started = await startGate(line, folder, clean);
      ({ gate } = started);
      origin = `http://127.0.0.1:${started.port}`;
      expect(await runLine(findLine('zepcli doctor'))).toMatch(/0 failed/);
      writeFileSync(join(folder, 'token.txt'), await makeToken());
      const askWithToken = (): Promise<string> => runLine(findLine('printf'));
      await runLine(findLine('zepcli revoke'));
      expect(await askWithToken()).toContain('HTTP/1.1 401');
      const first = await makeToken();
      writeFileSync(join(folder, 'token.txt'), first);
      expect(await askWithToken()).toContain('HTTP/1.1 200');
      await runLine(findLine('zepcli rotate --dotenv gate.env'));
      await reload();
      const second = await makeToken();
      expect([await ask(first), await ask(second)]).toEqual([200, 200]);
      await runLine(inline.find((one) => one.includes('--finish')) ?? '');
      await reload();
      expect([await ask(first), await ask(second)]).toEqual([401, 200]);
      await runLine(lines.find((one) => one.line.includes('--compromised'))?.line ?? '');
      await reload();
      expect([await ask(second), await ask(await makeToken())]).toEqual([401, 200]);
    } finally {
      await stop(gate);
      api.close();
    }
  });
});

describe('the guard in the runbook', () => {
  it('reads a new secret without a restart, and lets nothing in without its file', async () => {
    const { path = '' } = files.find(({ code }) => code.includes('parseEnv')) ?? {};
    const workingDirectory = process.cwd();
    process.chdir(newFolder());
    try {
      writeFileSync('app.env', inputs['.env'], { mode: 0o600 });
      const zepcliRuns = (...args: readonly string[]): string =>
        execFileSync(zepcli, [...args, '--dotenv', 'app.env'], {
          encoding: 'utf8',
          env: { ...inherited, ZEP_AUTH_SECRET: '' },
          stdio: ['ignore', 'pipe', 'ignore'],
        });
      const { app } = await import(path);
      const ask = async (bearer: string): Promise<number> =>
        (await app.request('/me', { headers: { authorization: `Bearer ${bearer}` } })).status;
      expect(await ask(token)).toBe(200);
      zepcliRuns('rotate');
      const next = zepcliRuns('token', '--expires-in', '1h').trim();
      expect([await ask(token), await ask(next)]).toEqual([200, 200]);
      zepcliRuns('rotate', '--finish');
      expect([await ask(token), await ask(next)]).toEqual([401, 200]);
      rmSync('app.env');
      vi.spyOn(console, 'error').mockReturnValueOnce(); // Hono prints the error
      expect(await ask(next)).toBe(500);
    } finally {
      process.chdir(workingDirectory);
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
      const code = readExample(`${name}.mjs`);
      expect(readBlocks(guide, 'js').map((block) => block.code)).toContain(code);
    },
  );

  it.each(['docs/start.md', 'docs/guides/hono.md'])(
    'is that of the template for Node: %s',
    (page) => {
      const code = readExample('templates/node/src/server.js');
      expect(readBlocks(page, 'js').map((block) => block.code)).toContain(code);
    },
  );

  it.each(MCP_EXAMPLES)('is the code that the test of the example runs: %s', (name) => {
    const code = readExample(name);
    expect(readBlocks(MCP_GUIDE, 'ts').map((block) => block.code)).toContain(code);
  });

  it.each(['claude', 'cursor'])('is the configuration of the example: %s', (name) => {
    const code = readExample(`mcp-server/${name}.mcp.json`);
    expect(readBlocks(MCP_GUIDE, 'json').map((block) => block.code)).toContain(code);
  });
});

/** The anchor that GitHub and the site make of a heading. */
const toAnchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');

describe('the page of error codes', () => {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const find = (file: string, pattern: RegExp): string[] =>
    Array.from(read(file).matchAll(pattern), ([, code = '']) => code);

  it('has every code of core, of zepcli and of an answer, and no other', () => {
    const codes = [
      ...find('packages/core/src/errors.ts', /^ {2}\| '(ERR_\w+)'/gm),
      ...find('packages/cli/src/io/errors.ts', /^ {2}\| '(ERR_\w+)'/gm),
      'ERR_UNEXPECTED',
      ...find(
        'packages/server/src/problem-response.ts',
        /'((?:invalid|insufficient|token)_[a-z]+)'/g,
      ),
    ];
    expect(codes.length).toBeGreaterThan(35);
    const headings = find('docs/errors.md', /^### (\w+)$/gm);
    expect(headings.sort()).toEqual([...new Set(codes)].sort());
  });

  it('is what `zepcli help ERR_...` prints; with -u this test writes its text', async () => {
    const texts = read('docs/errors.md')
      .replace(/\*\*|\[([^\]]+)\]\([^)]+\)/g, '$1')
      .split(/^#+ /m)
      .filter((section) => /^(?:ERR_|[a-z]+_[a-z]+$)/m.test(section.split('\n')[0] ?? ''))
      .map((section) => section.trim().split(/\n\n|\n(?=- )/))
      .map((lines) => lines.map((line) => line.replace(/\s+/g, ' ')).join('\n'));
    const words = `export const ERROR_TEXTS =\n  ${JSON.stringify(texts.join('\n\n'))};\n`;
    const note =
      '// Made from docs/errors.md: npx vitest run -u examples/quickstart/test/documents\n';
    const file = join(root, 'packages/cli/src/argv/error-texts.ts');
    await expect(note + words).toMatchFileSnapshot(file);
    const printed = execFileSync(zepcli, ['help', 'ERR_TOKEN_NOT_YET_VALID'], { encoding: 'utf8' });
    expect(printed.split('\n').slice(0, 3)).toEqual([
      'ERR_TOKEN_NOT_YET_VALID',
      '401. `nbf` or `iat` is in the future.',
      expect.stringMatching(/^- Set the clocks right\. /),
    ]);
  });

  it('is where zepcli says that it is', () => {
    const said = execFileSync(zepcli, ['help', 'ERR_TOKEN_EXPIRED'], { encoding: 'utf8' });
    const [, file = '', anchor = ''] = /\/blob\/main\/(\S+)#(\S+)/.exec(said) ?? [];
    const anchors = find(file, /^### (\w+)$/gm).map(toAnchor);
    expect(anchors).toContain(anchor);
  });
});

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
    { language: 'python', file: 'token.py', program: 'python3', command: 'python3 token.py' },
    { language: 'go', file: 'main.go', program: 'go', command: 'go run main.go' },
    { language: 'java', file: 'Token.java', program: 'java', command: 'java Token.java' },
    {
      language: 'csharp',
      file: 'Token.cs',
      program: 'mcs',
      command: 'mcs Token.cs && mono Token.exe',
    },
  ];

  it.for(languages)('is accepted: $language', async (one, { skip }) => {
    const { language, file, program, command } = one;
    if (!isInstalled(program)) skip(`${program} is not installed`);
    const folder = mkdtempSync(join(tmpdir(), 'zep-auth-'));
    const [block] = readBlocks(page, language);
    writeFileSync(join(folder, file), block?.code ?? '');
    const variables = { GOCACHE: join(folder, 'cache'), GOTOOLCHAIN: 'local' };
    try {
      const made = execFileSync('sh', ['-c', command], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, ...env, ...variables },
      });
      const { claims } = await createVerifier({ secret }).verify(made.trim());
      expect(claims).toMatchObject({ sub: 'alice', exp: (claims.iat ?? 0) + 3600 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
