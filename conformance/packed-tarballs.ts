// Packs the packages as `npm publish` does, and installs them in an empty folder, as a user does. Uses no network except the
// registry that npm is configured for, and runs no script of a package.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Packed } from './packed-files.ts';

/** The root of the repository. */
export const ROOT: string = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program and returns its exit code and output. A variable that is `undefined` is not passed on. */
export const runProgram = (
  file: string,
  args: readonly string[],
  { cwd = ROOT, env = {} as Readonly<NodeJS.ProcessEnv>, input = '' } = {},
): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
    child.stdin?.end(input);
  });

/** Runs a program that must succeed, and returns its output. */
export const outputOf = async (...call: Parameters<typeof runProgram>): Promise<string> => {
  const { code, stdout, stderr } = await runProgram(...call);
  if (code !== 0) throw new Error(`${call[0]} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
};

export interface Tarball {
  readonly packed: Packed;
  readonly path: string;
  /** Where it is unpacked. */
  readonly folder: string;
  /** Its content, according to npm. */
  readonly files: readonly string[];
}

/** Packs one package into a folder and unpacks it there. */
export const pack = async (packed: Packed, into: string): Promise<Tarball> => {
  const source = join(ROOT, 'packages', packed.folder);
  if (!existsSync(join(source, 'dist'))) {
    throw new Error(`${packed.name} is not built: run \`npx turbo run build\` first`);
  }
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', into];
  const said = await outputOf('npm', args, { cwd: source });
  const [packing] = JSON.parse(said) as [{ filename: string; files: { path: string }[] }]; // as npm documents it
  const folder = join(into, packed.folder);
  await mkdir(folder);
  const path = join(into, packing.filename);
  await outputOf('tar', ['-xzf', path, '-C', folder, '--strip-components=1']);
  return { packed, path, folder, files: packing.files.map((file) => file.path).sort() };
};

/** npm's codes for a registry that it could not reach, in contrast to one that refused. */
const UNREACHABLE =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED|FETCH_ERROR|E5\d\d|E407)\b/;

/** Without a registry, npm should give up soon. */
const PATIENCE = [
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=2000',
  '--fetch-timeout=30000',
];

export type Answered = 'done' | 'unreachable';

/** Installs packages in a folder. Resolves with whether the registry was reachable; throws on any other failure. */
export const install = async (folder: string, more: readonly string[]): Promise<Answered> => {
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const { code, stdout, stderr } = await runProgram(
    'npm',
    ['install', ...options, ...PATIENCE, ...more],
    { cwd: folder },
  );
  if (code === 0) return 'done';
  if (UNREACHABLE.test(stderr)) return 'unreachable';
  throw new Error(`npm install failed: ${stderr}${stdout}`);
};

/** Creates a folder that contains only a package.json. */
export const createProject = async (folder: string, dependencies: object = {}): Promise<string> => {
  await mkdir(folder);
  const text = JSON.stringify({ private: true, type: 'module', dependencies });
  await writeFile(join(folder, 'package.json'), text);
  return folder;
};

export interface Audit {
  readonly answered: Answered;
  /** Each known vulnerability, as `package: severity`. */
  readonly weaknesses: readonly string[];
}

/** Asks the registry for known weaknesses of the packages in a folder's lockfile. */
export const audit = async (folder: string): Promise<Audit> => {
  const { stdout, stderr } = await runProgram(
    'npm',
    ['audit', '--omit=dev', '--json', ...PATIENCE],
    { cwd: folder },
  );
  const report = JSON.parse(stdout || '{}') as {
    statusCode?: number;
    vulnerabilities?: Readonly<Record<string, { severity: string }>>;
  }; // as npm documents it, and with a status if the registry refused to answer
  if (report.vulnerabilities !== undefined) {
    const found = Object.entries(report.vulnerabilities);
    const weaknesses = found.map(([name, { severity }]) => `${name}: ${severity}`);
    return { answered: 'done', weaknesses };
  }
  if (report.statusCode !== undefined || UNREACHABLE.test(stderr + stdout)) {
    return { answered: 'unreachable', weaknesses: [] };
  }
  throw new Error(`npm audit failed: ${stderr}${stdout}`);
};

/** Reads a JSON file of a known form. */
export const readJson = async <T>(...path: readonly string[]): Promise<T> =>
  JSON.parse(await readFile(join(...path), 'utf8')) as T; // each caller names what npm documents
