// Names in messages: a command line that people copy runs nothing else.
import { expect, it } from 'vitest';
import { toWord } from '../../src/io/io.ts';

it.each([
  ['.env', '.env'],
  ['/etc/zep-auth/gate.env', '/etc/zep-auth/gate.env'],
  ['my secret.env', "'my secret.env'"],
  ['x;touch y', "'x;touch y'"],
  ['$(id).env', "'$(id).env'"],
  ["it's", "'it'\\''s'"],
  ['', "''"],
  ['a\nerror: b', 'FILE'],
  ['a\u001b]0;b\u0007', 'FILE'],
  ['a\u202eb', 'FILE'],
  ['\u26a0\ufe0f.txt', 'FILE'],
  ['a\u115fb', 'FILE'],
  ['a\ud800', 'FILE'],
  ['\u26a0.txt', "'\u26a0.txt'"],
])('%j is the word %s', (name, word) => {
  expect(toWord(name)).toBe(word);
});
