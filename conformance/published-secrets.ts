// Writes the fingerprints of published secrets that the rules of judgeSecret accept: for core those of short lists
// (documentation, jwt_tool), for zepcli those of long lists (wallarm/jwt-secrets). A list has one secret a line.
// What is listed already stays.
//   npx tsx --conditions=@zep-auth/source published-secrets.ts core LIST...  > core.ts; mv core.ts ../packages/core/src/published-secrets.ts
//   npx tsx --conditions=@zep-auth/source published-secrets.ts cli LIST...   > cli.ts;  mv cli.ts ../packages/cli/src/published-secrets.ts
import { readFileSync } from 'node:fs';
import { judgeSecret } from '@zep-auth/core';
import { fingerprintOf, WEAKNESSES } from '@zep-auth/core/internal';
import { PUBLISHED_SECRETS as CLI } from '../packages/cli/src/published-secrets.ts';
import { isPlaceholder } from '../packages/core/src/placeholder.ts';
import { PUBLISHED_SECRETS as CORE } from '../packages/core/src/published-secrets.ts';

/** A weak secret may be allowed in spite of these; and what is on the list now is a placeholder. */
const EXCUSED = new Set<string>([...WEAKNESSES, 'placeholder']);

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
    !isPlaceholder(line) &&
    judgeSecret(line).every(({ rule }) => EXCUSED.has(rule)),
);
const listed = (target === 'core' ? CORE : CLI).split(' ');
const fingerprints = [...new Set([...listed, ...secrets.map(fingerprintOf)])].sort();
if (fingerprints.length > MOST[target]) throw new Error(`${fingerprints.length} are too many`);
console.log(`// Made by conformance/published-secrets.ts: fingerprints of ${fingerprints.length} secrets that are published.
export const PUBLISHED_SECRETS =
  '${fingerprints.join(' ')}';`);
