// Writes the Homebrew formula and the Scoop manifest beside the binaries, from their SHA256SUMS.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const readJson = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const { version, description, license, repository } = readJson('../packages/cli/package.json');
const home = repository.url.replace(/^git\+|\.git$/g, '');
const folder =
  process.argv[2] ?? fileURLToPath(new URL('../packages/cli/.generated/binaries', import.meta.url));

const sums = new Map(
  readFileSync(join(folder, 'SHA256SUMS'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('  ').reverse()),
);
const sumOf = (name) => {
  const sum = sums.get(name);
  if (!/^[0-9a-f]{64}$/.test(sum ?? '')) throw new Error(`SHA256SUMS has no ${name}`);
  return sum;
};
const urlOf = (name) => `${home}/releases/download/v${version}/${name}`;

const brew = (name) => `      url "${urlOf(name)}"\n      sha256 "${sumOf(name)}"`;
const onSystem = (system, name) => `  on_${system} do
    on_arm do
${brew(`zepcli-${name}-arm64`)}
    end
    on_intel do
${brew(`zepcli-${name}-x64`)}
    end
  end`;
const words = description.replace(/^zepcli: /, '').replace(/\.$/, '');
writeFileSync(
  join(folder, 'zepcli.rb'),
  `class Zepcli < Formula
  desc "${words[0].toUpperCase()}${words.slice(1)}"
  homepage "${home}"
  version "${version}"
  license "${license}"

${onSystem('macos', 'darwin')}

${onSystem('linux', 'linux')}

  def install
    bin.install Dir["zepcli-*"].first => "zepcli"
    generate_completions_from_executable(bin/"zepcli", "completion")
  end

  test do
    assert_match "zep-cli version #{version}", shell_output("#{bin}/zepcli -v")
  end
end
`,
);

const scoop = (name) => ({ url: `${urlOf(name)}#/zepcli.exe`, hash: sumOf(name) });
const manifest = {
  version,
  description,
  homepage: home,
  license,
  architecture: {
    '64bit': scoop('zepcli-windows-x64.exe'),
    arm64: scoop('zepcli-windows-arm64.exe'),
  },
  bin: 'zepcli.exe',
};
writeFileSync(join(folder, 'zepcli.cjson'), `${JSON.stringify(manifest, null, 2)}\n`);
