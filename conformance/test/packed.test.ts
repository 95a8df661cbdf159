// The packages as users get them: packed, inspected, installed in an empty folder, and used. The sources are imported
// only to compare their exports.
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import * as core from '@zep-auth/core';
import * as client from '@zep-auth/core/client';
import * as internal from '@zep-auth/core/internal';
import * as sdkAuth from '@zep-auth/sdk-auth';
import * as mcp from '@zep-auth/sdk-auth/mcp';
import * as selfSigned from '@zep-auth/sdk-auth/self-signed';
import * as tabs from '@zep-auth/sdk-auth/tabs';
import * as server from '@zep-auth/server';
import * as serverMcp from '@zep-auth/server/mcp';
import * as serverNode from '@zep-auth/server/node';
import * as openapi from '@zep-auth/server/openapi';
import * as testing from '@zep-auth/server/testing';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { namedFilesOf, PACKED, type Packed } from '../packed-files.ts';
import {
  closeOver,
  type Lockfile,
  type Manifest,
  readBundled,
  readManifest,
  readTable,
  runtimeNamesOf,
} from '../packed-runtime.ts';
import {
  type Answered,
  audit,
  createProject,
  install,
  outputOf,
  pack,
  ROOT,
  readJson,
  runProgram,
  type Tarball,
} from '../packed-tarballs.ts';

const SCRIPTS_AT_INSTALLATION = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];

let folder: string;
const tarballs = new Map<string, Tarball>();
const tarballOf = ({ name }: Packed): Tarball => {
  const tarball = tarballs.get(name);
  if (tarball === undefined) throw new Error(`${name} is not packed`);
  return tarball;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zep-auth-packed-'));
  for (const packed of PACKED) tarballs.set(packed.name, await pack(packed, folder));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Skips a test with a message, for lack of a registry. In CI that is an error. */
const skip = ({ skip: leaveOut }: TestContext, reason: string): never => {
  process.stderr.write(`SKIPPED: ${reason}\n`);
  return leaveOut(reason);
};
const needRegistry = (answered: Answered, context: TestContext): void => {
  if (answered === 'done') return;
  if (process.env['CI']) throw new Error('the registry did not answer');
  skip(context, 'the registry did not answer, so nothing was installed');
};

describe.each(PACKED)('the tarball of $name', (packed) => {
  it('contains exactly the listed files', async () => {
    const { files, folder: unpacked } = tarballOf(packed);
    expect(files).toEqual(namedFilesOf(packed));
    const found = await readdir(unpacked, { recursive: true, withFileTypes: true });
    expect(found.filter((entry) => !entry.isDirectory())).toHaveLength(files.length);
    expect(found.filter((entry) => entry.isSymbolicLink())).toEqual([]);
  });

  it('contains no test, no environment file, and no path of the machine that packed it', async () => {
    const { files, folder: unpacked } = tarballOf(packed);
    const odd =
      /(?:^|\/)(?:tests?|__tests__|node_modules|\..*)(?:\/|$)|\.(?:test|spec)\.|\.tsbuildinfo$/;
    expect(files.filter((file) => odd.test(file))).toEqual([]);
    for (const file of files) {
      const text = await readFile(join(unpacked, file), 'utf8');
      expect({ file, namesTheFolder: text.includes(ROOT) }).toEqual({
        file,
        namesTheFolder: false,
      });
    }
  });

  it('has maps that point to sources inside it', async () => {
    const { files, folder: unpacked } = tarballOf(packed);
    for (const file of files.filter((name) => name.endsWith('.map'))) {
      const map = await readJson<{ sourceRoot?: string; sources: readonly string[] }>(
        unpacked,
        file,
      );
      expect(map.sources.length).toBeGreaterThan(0);
      for (const source of map.sources) {
        const path = posix.join(dirname(file), map.sourceRoot ?? '', source);
        expect({ file, source, isInside: files.includes(path) }).toMatchObject({ isInside: true });
      }
    }
    for (const file of files.filter((name) => name.endsWith('.js'))) {
      const text = await readFile(join(unpacked, file), 'utf8');
      const map = /^\/\/# sourceMappingURL=(.+)$/m.exec(text)?.[1];
      if (map !== undefined) expect(files).toContain(posix.join(dirname(file), map));
    }
  });

  it('runs nothing at installation', async () => {
    const manifest = await readJson<Manifest>(tarballOf(packed).folder, 'package.json');
    const scripts = Object.keys(manifest.scripts ?? {});
    expect(scripts.filter((name) => SCRIPTS_AT_INSTALLATION.includes(name))).toEqual([]);
    expect(tarballOf(packed).files).not.toContain('binding.gyp'); // which npm would run
  });

  it('passes publint', async () => {
    const { buffer, byteOffset, byteLength } = await readFile(tarballOf(packed).path);
    // The buffer of a whole file is never shared memory.
    const tarball = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(pkg['name']).toBe(packed.name);
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('passes Are The Types Wrong', async () => {
    // ESM only, as the manifest says: `require` and resolution without `exports` are not supported.
    const attw = join(ROOT, 'conformance/node_modules/@arethetypeswrong/cli/dist/index.js');
    const args = [attw, tarballOf(packed).path, '--profile', 'esm-only', '--format', 'json'];
    const { code, stdout, stderr } = await runProgram(process.execPath, args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { analysis } = JSON.parse(stdout) as {
      analysis: { types: unknown; packageName: string };
    }; // as attw prints it
    expect(analysis.packageName).toBe(packed.name);
    expect(analysis.types).toEqual(packed.entries.length > 0 ? { kind: 'included' } : false);
  });
});

describe('all four packages in an empty folder', () => {
  let project: string;
  let answered: Answered;

  beforeAll(async () => {
    project = await createProject(join(folder, 'project'));
    const paths = [...tarballs.values()].map(({ path }) => path);
    answered = await install(project, paths);
    const consumer = join(ROOT, 'conformance/packed-consumer');
    for (const file of await readdir(consumer)) {
      await copyFile(join(consumer, file), join(project, file));
    }
  });

  it('install exactly what CONTRIBUTING.md names, and run nothing', async (context) => {
    needRegistry(answered, context);
    const { packages } = await readJson<Lockfile>(project, 'package-lock.json');
    const installed = Object.keys(packages).filter((place) => place !== '');
    const table = await readTable();
    const named = table.filter(
      ({ places }) => !places.every((place) => /^cli|bundled|optional/.test(place)),
    );
    const expected = [...PACKED, ...named].map(({ name }) => `node_modules/${name}`);
    expect(installed.sort()).toEqual(expected.sort());
    const running = installed.filter((place) => packages[place]?.hasInstallScript === true);
    expect(running).toEqual([]);
  });

  it('work together in plain Node, and export the same as the sources', async (context) => {
    needRegistry(answered, context);
    const said: unknown = JSON.parse(
      await outputOf(process.execPath, ['run.mjs'], { cwd: project, env: { NODE_OPTIONS: '' } }),
    );
    const sources = {
      '@zep-auth/core': core,
      '@zep-auth/core/client': client,
      '@zep-auth/core/internal': internal,
      '@zep-auth/sdk-auth': sdkAuth,
      '@zep-auth/sdk-auth/mcp': mcp,
      '@zep-auth/sdk-auth/self-signed': selfSigned,
      '@zep-auth/sdk-auth/tabs': tabs,
      '@zep-auth/server': server,
      '@zep-auth/server/mcp': serverMcp,
      '@zep-auth/server/node': serverNode,
      '@zep-auth/server/openapi': openapi,
      '@zep-auth/server/testing': testing,
    };
    expect(Object.keys(sources).sort()).toEqual(PACKED.flatMap(({ entries }) => entries).sort());
    expect(said).toEqual({
      exports: Object.fromEntries(
        Object.entries(sources).map(([name, module]) => [name, Object.keys(module).sort()]),
      ),
      subject: 'alice',
      refusal: 'ERR_TOKEN_SIGNATURE',
      statuses: [401, 200],
      body: 'alice',
      program: 'ERR_MODULE_NOT_FOUND', // zepcli is a program, not a library
    });
  });

  it('contain a zepcli that makes a secret and a token and prints its version', async (context) => {
    needRegistry(answered, context);
    const zepcli = join(project, 'node_modules/.bin/zepcli');
    const said = await outputOf(zepcli, ['-i'], { cwd: project });
    const secret = /^Secret: (\S{88})$/m.exec(said)?.[1] ?? '';
    const token = /^JWT token: (\S+)$/m.exec(said)?.[1] ?? '';
    const { claims } = await core.createVerifier({ secret }).verify(token);
    expect(claims).toEqual({});
    const { version } = await readManifest('cli');
    expect(await outputOf(zepcli, ['-v'], { cwd: project })).toBe(`zep-cli version ${version}\n`);
    const byNpx = await outputOf('npx', ['--no-install', 'zepcli', '-v'], { cwd: project });
    expect(byNpx).toBe(`zep-cli version ${version}\n`);
    expect(await outputOf(zepcli, ['serve', '--help'], { cwd: project })).toContain('--upstream');
  });

  // Without node10 resolution, which ignores `exports` and is gone from TypeScript 7. A CommonJS file imports dynamically:
  // `script.cts`.
  const MODES = {
    node16: { module: 'node16' },
    nodenext: { module: 'nodenext' },
    bundler: { module: 'esnext', moduleResolution: 'bundler' },
  } as const;
  const LIBS = {
    'the DOM’s types': { lib: ['es2022', 'dom', 'dom.iterable'], types: [] },
    'Node’s types only': {
      lib: ['es2022'],
      types: ['node'],
      typeRoots: [join(ROOT, 'conformance/node_modules/@types')],
    },
  } as const;

  /** The compiler's output for the application and the packages' declarations, and its exit code. */
  const compile = async (mode: keyof typeof MODES, libs: keyof typeof LIBS): Promise<string> => {
    const files = mode === 'bundler' ? ['app.ts'] : ['app.ts', 'script.cts'];
    const options = { strict: true, skipLibCheck: false, noEmit: true, target: 'es2022' };
    const compilerOptions = { ...options, ...MODES[mode], ...LIBS[libs] };
    const config = join(project, `tsconfig.${mode}.json`);
    await writeFile(config, JSON.stringify({ compilerOptions, files }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const args = [tsc, '-p', config];
    const { code, stdout, stderr } = await runProgram(process.execPath, args, { cwd: project });
    return `${stdout}${stderr}${code}`;
  };

  it.for(['node16', 'nodenext', 'bundler'] as const)(
    'have declarations that compile strictly: %s, with the DOM’s types',
    async (mode, context) => {
      needRegistry(answered, context);
      expect(await compile(mode, 'the DOM’s types')).toBe('0');
    },
  );

  it('have declarations that compile strictly: nodenext, with Node’s types only', async (context) => {
    needRegistry(answered, context);
    expect(await compile('nodenext', 'Node’s types only')).toBe('0');
  });

  it('have no known vulnerability', async (context) => {
    needRegistry(answered, context);
    const { answered: audited, weaknesses } = await audit(project);
    if (audited === 'unreachable') skip(context, 'the registry answers no audit');
    expect(weaknesses).toEqual([]);
  });
});

describe('third-party code at run time', () => {
  const readLicenses = async (): Promise<ReturnType<typeof readBundled>> =>
    readBundled(await readFile(join(ROOT, 'packages/cli/dist/THIRD-PARTY.txt'), 'utf8'));
  const ours = (names: Iterable<string>): readonly string[] =>
    [...new Set(names)].filter((name) => !name.startsWith('@zep-auth/')).sort();

  it('is what CONTRIBUTING.md names for each package', async () => {
    const table = await readTable();
    const namedFor = (place: RegExp): readonly string[] =>
      table.filter(({ places }) => places.some((is) => place.test(is))).map(({ name }) => name);
    const [inCore, inServer, inSdkAuth, inCli] = await Promise.all(
      ['core', 'server', 'sdk-auth', 'cli'].map(readManifest),
    );
    if (!inCore || !inServer || !inSdkAuth || !inCli) throw new Error('a manifest is missing');
    expect(namedFor(/^core\b/).toSorted()).toEqual(ours(runtimeNamesOf(inCore)));
    expect(namedFor(/^server\b/).toSorted()).toEqual(ours(runtimeNamesOf(inServer)));
    expect(namedFor(/^sdk-auth\b/).toSorted()).toEqual(ours(runtimeNamesOf(inSdkAuth)));
    expect(runtimeNamesOf(inCli)).toEqual([]); // everything is bundled
    const bundled = new Set((await readLicenses()).map(({ name }) => name));
    const used = Object.keys(inCli.devDependencies ?? {}).filter((name) => bundled.has(name));
    expect(namedFor(/^cli\b/).toSorted()).toEqual(ours(used));
    const known = /^(?:core|server|sdk-auth|cli|bundled)(?: \((?:optional )?peer\))?$/;
    for (const { name, places } of table) {
      expect({ name, isKnown: places.every((place) => known.test(place)) }).toEqual({
        name,
        isKnown: true,
      });
    }
  });

  it('in zepcli is exactly what these packages need, each with its license', async () => {
    const licenses = await readLicenses();
    const lockfile = await readJson<Lockfile>(ROOT, 'package-lock.json');
    const needed = closeOver(
      lockfile,
      (await readTable()).map(({ name }) => name),
    );
    expect(licenses.filter(({ name }) => !needed.has(name))).toEqual([]);
    for (const { name, version, license } of licenses) {
      expect({ name, isWhole: version !== '' && /copyright/i.test(license) }).toEqual({
        name,
        isWhole: true,
      });
      const places = Object.entries(lockfile.packages).filter(
        ([place, locked]) => place.endsWith(`node_modules/${name}`) && locked.version === version,
      );
      expect({ name, version, isLocked: places.length > 0 }).toMatchObject({ isLocked: true });
      expect(places.filter(([, locked]) => locked.hasInstallScript === true)).toEqual([]);
    }
  });

  it('in zepcli has no known vulnerability', async (context) => {
    // As dependencies of a new project, because in this repository they are development dependencies.
    const dependencies = Object.fromEntries(
      (await readLicenses()).map(({ name, version }, i) => [
        `bundled-${i}`,
        `npm:${name}@${version}`,
      ]),
    );
    const project = await createProject(join(folder, 'bundled'), dependencies);
    needRegistry(await install(project, ['--package-lock-only']), context);
    const { answered, weaknesses } = await audit(project);
    if (answered === 'unreachable') skip(context, 'the registry answers no audit');
    expect(weaknesses).toEqual([]);
  });
});
