// The command lines of `testdata/wrong-invocations.txt`, each with what is answered.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli } from './fake-io.ts';
import { secretNamed } from './made-tokens.ts';

const text = readFileSync(new URL('testdata/wrong-invocations.txt', import.meta.url), 'utf8');
const scripts = text.split('\n\n').flatMap((block) => {
  const [first = '', ...answer] = block.trim().split('\n');
  return first.startsWith('$ zepcli ') ? [{ line: first.slice('$ zepcli '.length), answer }] : [];
});

const toWords = (line: string): readonly string[] =>
  (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));

describe('a wrong command line', () => {
  it('stands in the file at least sixty times', () => {
    expect(scripts.length).toBeGreaterThan(60);
    expect(new Set(scripts.map(({ line }) => line)).size).toBe(scripts.length);
  });

  it.each(scripts)('$line is refused with a hint', async ({ line, answer }) => {
    const env = { ZEP_AUTH_SECRET: secretNamed('scripts') };
    const { code, stdout, stderr } = await runCli(toWords(line), { env });
    const out = stdout.replace(/^(?=.)/gm, 'out: ');
    const said = `${stderr}${out}exit ${code}`.replaceAll(`${process.cwd()}/`, '$PWD/');
    expect(said.split('\n')).toEqual(answer);
    expect(said).toMatch(/^(?:error|refused): /m);
    expect(said).toMatch(/^hint: /m);
    expect(code).not.toBe(0);
  });
});
