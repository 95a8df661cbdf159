// Lays out what goes to JSR, made of the packages' own manifests: `npm --prefix release run jsr`, then `npx deno publish` in
// the folder that it prints. JSR takes core and sdk-auth. It refuses server, which declares `c.var.auth` in Hono's types.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAMES = ['core', 'sdk-auth'];
const root = fileURLToPath(new URL('..', import.meta.url));
const out = process.argv[2] ?? join(root, 'release/.generated/jsr');

const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

rmSync(out, { recursive: true, force: true });
const imports = {};
for (const name of NAMES) {
  const folder = join(root, 'packages', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entries = Object.entries(manifest.exports).filter(([path]) => path !== './package.json');
  const to = join(out, name);
  mkdirSync(to, { recursive: true });
  for (const file of ['src', 'README.md', 'LICENSE']) {
    cpSync(join(folder, file), join(to, file), { recursive: true });
  }
  writeJson(join(to, 'jsr.json'), {
    name: manifest.name,
    version: manifest.version,
    license: manifest.license,
    exports: Object.fromEntries(
      entries.map(([path, { '@zep-auth/source': file }]) => [path, file]),
    ),
  });
  for (const [other, range] of Object.entries(manifest.dependencies ?? {})) {
    if (!other.startsWith('@zep-auth/')) imports[other] = `npm:${other}@${range}`;
  }
}
writeJson(join(out, 'deno.json'), {
  workspace: NAMES.map((name) => `./${name}`),
  imports,
  compilerOptions: { lib: ['dom', 'dom.iterable', 'dom.asynciterable', 'esnext', 'deno.ns'] },
});
console.log(out);
