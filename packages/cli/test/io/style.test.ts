// Colours and line breaks: for people at a terminal only.
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { paintFor, toMessage } from '../../src/io/style.ts';

const screen = (terminal: object): Writable => Object.assign(new Writable(), terminal);

describe('colours', () => {
  const isPainted = (terminal: object, env: Record<string, string> = {}): boolean =>
    paintFor(screen(terminal), env)('red', 'text') === '\u001b[31mtext\u001b[39m';

  it('are for a terminal, unless NO_COLOR is set to something or the terminal is dumb', () => {
    expect(isPainted({ isTTY: true })).toBe(true);
    expect(isPainted({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(isPainted({})).toBe(false);
    expect(isPainted({ isTTY: false })).toBe(false);
    expect(isPainted({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(isPainted({ isTTY: true }, { NO_COLOR: '0' })).toBe(false);
    expect(isPainted({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  });

  it('leave a text as it is where there are none', () => {
    expect(paintFor(screen({}), {})('red', 'text')).toBe('text');
  });
});

describe('a message', () => {
  const words = 'one two three four five six seven eight nine ten eleven';

  it('is one line for a program', () => {
    expect(toMessage(screen({}), {}, words)).toBe(`zepcli: ${words}\n`);
  });

  it('is as many as it takes for a person, aligned, in 80 columns where nobody knows better', () => {
    expect(toMessage(screen({ isTTY: true, columns: 40 }), {}, words)).toBe(
      'zepcli: one two three four five six\n        seven eight nine ten eleven\n',
    );
    const line = 'word '.repeat(16).trim(); // 79 characters, behind 8 that stand before each line
    expect(toMessage(screen({ isTTY: true }), {}, line)).toBe(
      `zepcli: ${'word '.repeat(14).trim()}\n        word word\n`,
    );
  });

  it('has a colour for its label on a terminal', () => {
    expect(toMessage(screen({ isTTY: true }), {}, 'warning: old')).toBe(
      'zepcli: \u001b[33mwarning\u001b[39m: old\n',
    );
  });
});
