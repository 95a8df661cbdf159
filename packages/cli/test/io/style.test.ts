// Colours and line breaks: for people at a terminal only.
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { paintFor, toMessage, widthOf } from '../../src/io/style.ts';

const screen = (terminal: object): Writable => Object.assign(new Writable(), terminal);

describe('colours', () => {
  const isPainted = (terminal: object, env: Record<string, string> = {}): boolean =>
    paintFor(screen(terminal), env)('red', 'text') === '\u001b[31mtext\u001b[39m';

  it('are for a terminal, unless NO_COLOR is set or the terminal is dumb', () => {
    expect(isPainted({ isTTY: true })).toBe(true);
    expect(isPainted({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(isPainted({})).toBe(false);
    expect(isPainted({ isTTY: false })).toBe(false);
    expect(isPainted({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(isPainted({ isTTY: true }, { NO_COLOR: '0' })).toBe(false);
    expect(isPainted({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  });

  it('are everywhere with FORCE_COLOR, unless NO_COLOR is set too', () => {
    expect(isPainted({}, { FORCE_COLOR: '1' })).toBe(true);
    expect(isPainted({ isTTY: true }, { FORCE_COLOR: '0' })).toBe(false);
    expect(isPainted({}, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  });

  it('leave a text as it is where there are none', () => {
    expect(paintFor(screen({}), {})('red', 'text')).toBe('text');
  });
});

describe('the width', () => {
  it.each([
    [{ isTTY: true, columns: 100 }, 100],
    [{ isTTY: true, columns: 20 }, 40],
    [{ isTTY: true, columns: 300 }, 120],
    [{ isTTY: true, columns: 0 }, 80], // of some pseudo terminals
    [{ isTTY: true }, 80],
    [{ columns: 100 }, 80],
  ])('of %j is %d', (stream, width) => {
    expect(widthOf(screen(stream))).toBe(width);
  });
});

describe('a message', () => {
  const words = 'one two three four five six seven eight nine ten eleven';

  it('is one line for a program', () => {
    expect(toMessage(screen({}), {}, words)).toBe(`${words}\n`);
  });

  it('is wrapped for a person, below its label', () => {
    const narrow = screen({ isTTY: true, columns: 40 });
    expect(toMessage(narrow, { NO_COLOR: '1' }, `error: ${words}`)).toBe(
      'error: one two three four five six seven\n       eight nine ten eleven\n',
    );
    expect(toMessage(narrow, {}, words)).toBe(
      'one two three four five six seven eight\nnine ten eleven\n',
    );
  });

  it('leaves an indented command line whole, to be copied', () => {
    const line = `  zepcli ${'word '.repeat(16).trim()}`;
    expect(toMessage(screen({ isTTY: true, columns: 40 }), {}, line)).toBe(`${line}\n`);
  });

  it('has a colour for its label on a terminal', () => {
    expect(toMessage(screen({ isTTY: true }), {}, 'warning: old')).toBe(
      '\u001b[33mwarning\u001b[39m: old\n',
    );
  });
});
