// Files for a test, in a folder of their own.
// Never leaves one behind.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes a file that is gone after the test, and returns its path. */
export const fileWith = (content: string | Uint8Array): string => {
  const folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  writeFileSync(path, content);
  return path;
};
