// Sets the next version of all packages from the files in `.changeset`: `npm --prefix release run version`. Changesets keeps
// a changelog for each package; here there is one, CHANGELOG.md, so its "Unreleased" gets the version and the day.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = process.env.RELEASE_ROOT ?? join(here, '..');
const run = (file, ...args) =>
  execFileSync(process.execPath, [file, ...args], { cwd: root, stdio: ['ignore', 2, 2] });

run(join(here, 'node_modules/@changesets/cli/bin.js'), 'version');

const { version } = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8'));
const changelog = join(root, 'CHANGELOG.md');
const day = new Date().toISOString().slice(0, 10);
const text = readFileSync(changelog, 'utf8');
if (!text.includes('\n## Unreleased\n')) throw new Error('CHANGELOG.md has no "Unreleased"');
writeFileSync(
  changelog,
  text.replace('\n## Unreleased\n', `\n## Unreleased\n\nNothing yet.\n\n## ${version}, ${day}\n`),
);
console.log(version);
