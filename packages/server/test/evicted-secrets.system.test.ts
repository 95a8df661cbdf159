// A heap snapshot of a process that has evicted a tenant: its secret and its tokens must not be in it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { forge } from './tokens.ts';

const TENANTS = 12;
const KEPT = 4;

// Made of its number each time, so that no variable of the program holds a secret.
const secretOf = (i: number | string): string =>
  createHash('sha512').update(`tenant ${i}`).digest('base64url');

const PROGRAM = `
  import { createHash } from 'node:crypto';
  import { writeHeapSnapshot } from 'node:v8';
  import { signToken } from '@zep-auth/core';
  import { createAuthenticator } from '@zep-auth/server';

  const secretOf = (i) => createHash('sha512').update('tenant ' + i).digest('base64url');
  const { authenticate } = createAuthenticator({
    env: (tenant) => ({ ZEP_AUTH_SECRET: secretOf(tenant) }),
    maxEnvironments: ${KEPT},
  });
  for (let i = 0; i < ${TENANTS}; i++) {
    const token = await signToken(secretOf(i), { sub: 'user ' + i });
    const request = new Request('http://localhost/', { headers: { authorization: 'Bearer ' + token } });
    const { outcome } = await authenticate(request, i);
    if (outcome !== 'accepted') throw new Error(outcome);
  }
  globalThis.held = secretOf('held');
  await new Promise(setImmediate);
  gc();
  writeHeapSnapshot(process.argv[1]);
`;

it('nothing of an evicted secret, or of its tokens, is left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zep-auth-evicted-'));
  try {
    const file = join(folder, 'snapshot.heapsnapshot');
    const args = ['--expose-gc', '--input-type=module', '--eval', PROGRAM, file];
    execFileSync(process.execPath, args, { cwd: import.meta.dirname, stdio: 'pipe' });
    const heap = readFileSync(file, 'utf8');
    const isLeft = (i: number): readonly boolean[] => {
      const token = forge({ sub: `user ${i}` }, undefined, secretOf(i));
      return [secretOf(i), token].map((text) => heap.includes(text));
    };
    const left = Array.from({ length: TENANTS }, (_, i) => isLeft(i));
    const kept = left.splice(TENANTS - KEPT);
    // The search finds what is there: a text in a variable, and the cached tokens. A keyring has bytes, not the text.
    expect(heap.includes(secretOf('held'))).toBe(true);
    expect(kept).toEqual(Array(KEPT).fill([false, true]));
    expect(left).toEqual(Array(TENANTS - KEPT).fill([false, false]));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
