// Makes single-file zepclis, one for each platform, and proves the one that runs here: `npm run binaries [-- NAME …]`.
// Beside them: SHA256SUMS, and sbom.cdx.json with all that they contain, which `npm audit` cannot see.
// Never uses a runtime that is not the pinned one: what npm hands out is compared with its digest first.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSbom, toComponent } from './sbom.mjs';

const BUN_VERSION = '1.4.5';
/** The SHA-512 of each platform's package in the npm registry. */
const RUNTIMES = {
  'linux-x64':
    'IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==',
  'linux-aarch64':
    '4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==',
  'darwin-x64':
    'qkLPMGHZM9NI6CeHTWwVezzmlo6cC4Ta7yUAjYIWXS366qQcOlcp75t2uZyiuVRBMPS0h9qE0tCcvCHGaFqjJg==',
  'darwin-aarch64':
    '4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==',
  'windows-x64':
    'FNvply651vcE/GHgNWz6mZvhmkwBuu8Hw54oNzA+CQog+HW+542rXQmZqNHRkFxazD9L3xi+iTtvO3engAgJfw==',
  'windows-aarch64':
    'MiPFZnBNDnBXgr1oONc5pizC4fOLjnIOfNkYdFEnWzLmoFTg86naZIG3SvS7d/GglpQSAnCKMAzSjI/TAckiRw==',
};
const { platform, arch } = process;
const here = `${platform === 'win32' ? 'windows' : platform}-${arch === 'arm64' ? 'aarch64' : arch}`;
if (!(here in RUNTIMES)) throw new Error(`no binary can be made on ${here}`);

const asked = process.argv.slice(2);
const unknown = asked.filter((target) => !(target in RUNTIMES));
if (unknown.length > 0) {
  throw new Error(`no such platform: ${unknown}; there are ${Object.keys(RUNTIMES).join(', ')}`);
}
const targets = asked.length > 0 ? asked : Object.keys(RUNTIMES);

const out = fileURLToPath(new URL('.generated/binaries/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'zepcli-binaries-'));
const exeOf = (target) => (target.startsWith('windows') ? '.exe' : '');

/** Bun for a platform, from the npm registry. */
const fetchBun = (target) => {
  const folder = join(scratch, target);
  mkdirSync(folder, { recursive: true });
  const options = { cwd: folder, encoding: 'utf8', shell: platform === 'win32' };
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', `@oven/bun-${target}@${BUN_VERSION}`], options),
  );
  const archive = readFileSync(join(folder, filename));
  if (createHash('sha512').update(archive).digest('base64') !== RUNTIMES[target]) {
    throw new Error(`Bun ${BUN_VERSION} for ${target} is not the one that is pinned`);
  }
  execFileSync('tar', ['-xzf', filename], { cwd: folder });
  return join(folder, 'package', 'bin', `bun${exeOf(target)}`);
};

/** Its gate refuses a request without a token, and lets one with a good token through. */
const proveGate = async (binary, env, token) => {
  const options = { env, stdio: ['ignore', 'pipe', 'ignore'] };
  const gate = spawn(binary, ['serve', '--demo', '--port', '0'], options);
  const ended = once(gate, 'exit');
  try {
    const [line] = await Promise.race([once(gate.stdout, 'data'), ended]);
    const [origin] = /http:\S+/.exec(String(line)) ?? [];
    if (origin === undefined) throw new Error('serve does not say where it listens');
    const ask = async (headers) => (await fetch(`${origin}/hello`, { headers })).status;
    const statuses = [await ask({}), await ask({ authorization: `Bearer ${token}` })];
    if (String(statuses) !== '401,200') throw new Error(`serve answers ${statuses}`);
  } finally {
    gate.kill();
    await ended;
  }
};

/** The binary that runs here does what zepcli does. */
const prove = async (binary, version) => {
  const run = (args, { env = {}, input = '' } = {}) => {
    const { status, stdout, stderr } = spawnSync(binary, args, { env, input, encoding: 'utf8' });
    if (status !== 0) throw new Error(`zepcli ${args[0]} ended with ${status}: ${stderr}`);
    return stdout;
  };
  const made = run(['-i']);
  const [, secret] = /^Secret: (.*)$/m.exec(made) ?? [];
  const [, token] = /^JWT token: (.*)$/m.exec(made) ?? [];
  const env = { ZEP_AUTH_SECRET: secret };
  if (run(['-v']).trim() !== `zep-cli version ${version}`) throw new Error('-v is wrong');
  run(['verify'], { env, input: token });
  run(['verify'], { env, input: run(['token', '--expires-in', '1h'], { env }) });
  const { status } = spawnSync(binary, ['verify'], {
    env,
    input: `${token.slice(0, -9)}AAAAAAAAA`,
  });
  if (status !== 1) throw new Error('a token with another signature is not refused');
  await proveGate(binary, env, token);
};

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
try {
  const compiler = fetchBun(here);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const sums = [];
  for (const target of targets) {
    const name = `zepcli-${target.replace('aarch64', 'arm64')}${exeOf(target)}`;
    const runtime = target === here ? compiler : fetchBun(target);
    execFileSync(
      compiler,
      [
        'build',
        '--compile',
        `--target=bun-${target}`,
        `--compile-executable-path=${runtime}`,
        // The environment is what the operator set, and not what lies in the folder.
        '--no-compile-autoload-dotenv',
        '--no-compile-autoload-bunfig',
        `--outfile=${join(out, name)}`,
        fileURLToPath(new URL('dist/bin.cjs', import.meta.url)),
      ],
      { cwd: scratch, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (target === here) await prove(join(out, name), version);
    if (target !== here) rmSync(join(scratch, target), { recursive: true }); // each is 100 MB
    const sum = createHash('sha256')
      .update(readFileSync(join(out, name)))
      .digest('hex');
    console.log(`${sum}  ${name}${target === here ? '  (proven here)' : ''}`);
    sums.push(`${sum}  ${name}\n`);
  }
  const runtimes = targets.map((target) =>
    toComponent(`@oven/bun-${target}`, BUN_VERSION, 'MIT', `sha512-${RUNTIMES[target]}`),
  );
  const sbom = `${JSON.stringify(createSbom(runtimes), null, 2)}\n`;
  writeFileSync(join(out, 'sbom.cdx.json'), sbom);
  sums.push(`${createHash('sha256').update(sbom).digest('hex')}  sbom.cdx.json\n`);
  writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
