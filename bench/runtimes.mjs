// The runtimes for the measurements: this Node, and others that are installed. A missing one is reported.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const inModules = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
const { platform, arch } = process;
const libc = platform === 'linux' ? '-glibc' : '';
const major = process.versions.node.split('.')[0];
const withGc = ['--expose-gc'];

const otherNodes = ['22', '24', '26'].filter((version) => version !== major);

const candidates = [
  { id: `node${major}`, title: `Node ${major}`, binary: process.execPath, flags: withGc },
  ...otherNodes.map((version) => ({
    id: `node${version}`,
    title: `Node ${version}`,
    binary: inModules(`node${version}/bin/node`),
    flags: withGc,
  })),
  {
    id: 'bun',
    title: 'Bun',
    binary: inModules(`@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}/bin/bun`),
    flags: [],
  },
  {
    id: 'deno',
    title: 'Deno',
    binary: inModules(`@deno/${platform}-${arch}${libc}/deno`),
    flags: ['run', '--allow-all', '--node-modules-dir=manual', '--v8-flags=--expose-gc'],
  },
];

const readVersion = (binary) => {
  const [line] = execFileSync(binary, ['--version'], { encoding: 'utf8' }).split('\n');
  return /\d+\.\d+\.\d+/.exec(line)?.[0] ?? line;
};

const isInstalled = ({ binary }) => existsSync(binary);

export const mainRuntime = `node${major}`;
export const runtimes = candidates
  .filter(isInstalled)
  .map((runtime) => ({ ...runtime, version: readVersion(runtime.binary) }));
export const missingRuntimes = candidates
  .filter((runtime) => !isInstalled(runtime))
  .map(({ title }) => title);
