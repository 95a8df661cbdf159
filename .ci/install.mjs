// Installs the dependencies of a folder, by default of the root, unless they match its lockfile. Leaves the lockfile alone.
import { execSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

process.chdir(process.argv[2] ?? '.');
const installed = 'node_modules/.package-lock.json';

/** Whether every package that this machine needs is installed in the locked version. */
const isCurrent = () => {
  if (!existsSync(installed)) return false;
  const packages = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const present = packages(installed);
  return Object.entries(packages('package-lock.json')).every(
    ([path, { version, link, optional }]) =>
      !path.startsWith('node_modules/') ||
      (present[path] ? present[path].version === version || link : optional),
  );
};

if (!isCurrent()) {
  process.stderr.write('Installing the dependencies (once) …\n');
  rmSync(installed, { force: true });
  const install = (options) =>
    execSync(`npm ci --no-audit --no-fund --loglevel=error ${options}`, {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  try {
    // Without asking the registry again about each package that npm's cache knows: half the time.
    install('--prefer-offline');
  } catch {
    install(''); // the cache may not know the newest versions
  }
}
