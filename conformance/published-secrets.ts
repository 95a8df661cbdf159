// Writes the fingerprints of published secrets that the rules of judgeSecret accept: for core those of short lists
// (documentation, jwt_tool), for zepcli those of long lists (wallarm/jwt-secrets). A list has one secret a line.
//   npx tsx --conditions=@zep-auth/source published-secrets.ts core LIST...  > ../packages/core/src/published-secrets.ts
//   npx tsx --conditions=@zep-auth/source published-secrets.ts cli LIST...   > ../packages/cli/src/io/published-secrets.ts
import { readFileSync } from 'node:fs';
import { judgeSecret } from '@zep-auth/core';
import { fingerprintOf } from '@zep-auth/core/internal';

/** A weak secret may be allowed in spite of these. */
const EXCUSED = new Set(['too-short', 'low-variety', 'published']);

const MOST = { core: 150, cli: 10_000 };

const [target, ...files] = process.argv.slice(2);
if ((target !== 'core' && target !== 'cli') || files.length === 0) {
  console.error('usage: published-secrets.ts core|cli LIST...');
  process.exit(2);
}
const lines = files.flatMap((file) => readFileSync(file, 'utf8').split(/\r?\n/));
const secrets = lines.filter(
  (line) =>
    line.trim() !== '' &&
    (target === 'core' || Buffer.byteLength(line) >= 32) &&
    judgeSecret(line).every(({ rule }) => EXCUSED.has(rule)),
);
const fingerprints = [...new Set(secrets.map(fingerprintOf))].sort();
if (fingerprints.length > MOST[target]) throw new Error(`${fingerprints.length} are too many`);
console.log(`// Made by conformance/published-secrets.ts: fingerprints of ${fingerprints.length} secrets that are published.
export const PUBLISHED_SECRETS =
  '${fingerprints.join(' ')}';`);
