// The completion script for PowerShell, read by a parser of its grammar; the shells that the cli's tests start do not
// include it.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

interface Tree {
  readonly rootNode: { readonly hasError: boolean; readonly text: string };
}
interface Parser {
  readonly setLanguage: (language: object) => void;
  readonly parse: (text: string) => Tree;
}
interface TreeSitter {
  readonly Parser: { new (): Parser; readonly init: () => Promise<void> };
  readonly Language: { readonly load: (path: string) => Promise<object> };
}

const require = createRequire(import.meta.url);
const ZEPCLI = fileURLToPath(new URL('../../packages/cli/zepcli.cjs', import.meta.url));

let script: string;
let isPowerShell: (text: string) => boolean;
beforeAll(async () => {
  script = execFileSync(process.execPath, [ZEPCLI, 'completion', 'powershell'], {
    encoding: 'utf8',
  });
  const { Parser, Language } = require('@vscode/tree-sitter-wasm') as TreeSitter;
  await Parser.init();
  const grammar = '@vscode/tree-sitter-wasm/wasm/tree-sitter-powershell.wasm';
  const parser = new Parser();
  parser.setLanguage(await Language.load(require.resolve(grammar)));
  isPowerShell = (text) => !parser.parse(text).rootNode.hasError;
});

describe('zepcli completion powershell', () => {
  it('prints a script that a parser of PowerShell takes', () => {
    expect(script).toContain('Register-ArgumentCompleter -Native -CommandName zepcli');
    expect(isPowerShell(script)).toBe(true);
  });

  it('would not be taken with a brace, a parenthesis or a quotation mark less', () => {
    const marks = [...script.matchAll(/[(){}'"]/g)].map(({ index }) => index);
    expect(marks.length).toBeGreaterThan(20);
    const taken = marks.filter((i) => isPowerShell(script.slice(0, i) + script.slice(i + 1)));
    expect(taken).toEqual([]);
  });

  it.each([
    ['an operator without its right side', (text: string) => text.replace("-ne ':files'", '-ne')],
    ['a pipe that leads nowhere', (text: string) => text.replace('| ForEach-Object {', '| | {')],
    ['the block of another language', (text: string) => `${text}\nif [ -n "$x" ]; then echo; fi`],
  ])('would not be taken with %s', (_, spoil) => {
    expect(spoil(script)).not.toBe(script);
    expect(isPowerShell(spoil(script))).toBe(false);
  });
});
