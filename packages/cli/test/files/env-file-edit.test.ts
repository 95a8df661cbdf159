// Edits of env files: what is changed, what stays byte for byte, and what is refused.
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { findVariable, setVariable } from '../../src/files/env-file-edit.ts';
import { CliError } from '../../src/io/errors.ts';
import { SECRET, secretNamed } from '../made-tokens.ts';

const NAME = 'ZEP_AUTH_SECRET';
const PREVIOUS = 'ZEP_AUTH_SECRET_PREVIOUS';
const NEW = secretNamed('new');

const renew = (text: string): string => setVariable(text, NAME, { value: NEW, isBare: true });
const keep = (text: string, value: string, isBare = true): string =>
  setVariable(text, PREVIOUS, { value, isBare }, NAME);
const drop = (text: string): string => setVariable(text, PREVIOUS, undefined);

describe('the value of a variable', () => {
  it.each([
    ['alone', `${NAME}=@`],
    ['with a line ending', `${NAME}=@\n`],
    ['with \\r\\n', `A=1\r\n${NAME}=@\r\nB=2\r\n`],
    ['with \\r alone', `A=1\r${NAME}=@\rB=2`],
    ['behind a byte order mark', `\ufeff${NAME}=@\nB=2\n`],
    ['with export', `export ${NAME}=@\n`],
    ['with export and tabs', `\t export \t${NAME}\t=\t@\n`],
    ['with a colon', `${NAME}: @\n`],
    ['with spaces around =', `  ${NAME} = @\n`],
    ['with a comment', `${NAME}=@ # it's the secret "here" # really\n`],
    ['with a comment that names it', `# ${NAME}=old\n#${NAME}=older\n${NAME}=@\t# ${NAME}=x\n`],
    ['behind other names that begin like it', `${NAME}_X=1\nX_${NAME}=2\n${NAME}.y=3\n${NAME}=@`],
    ['behind a line separator', `# a\u2028${NAME}=@\nB=2\n`],
    ['behind quotes with a line like it', `A="x\n${NAME}=decoy\ny"\n${NAME}=@\nB=2\n`],
    ['before quotes with a line like it', `${NAME}=@\nB='\n${NAME}=decoy\n${PREVIOUS}=x\n'\n`],
    ['behind backticks with a line like it', `A=\`\nexport ${NAME}: d # x\n\`\n${NAME}=@\n`],
    ['behind a quote that is not closed', `A="x\n${NAME}=@\nB=it's\n`],
    ['behind a backslash in quotes', `A="\\"\n${NAME}=decoy\n"\n${NAME}=@\n`],
  ])('%s is found and replaced, and nothing else', (_name, form) => {
    const text = form.replace('@', SECRET);
    expect(findVariable(text, NAME)).toMatchObject({ value: SECRET, isBare: true });
    expect(renew(text)).toBe(form.replace('@', NEW));
  });

  it.each([
    [`'a #"b"'`, 'a #"b"', ''],
    [`"a #'b'"`, "a #'b'", ' # a comment'],
    ["`a #'b'`", "a #'b'", "  # it's"],
  ])('%s is replaced with its quotes', (quoted, value, comment) => {
    const text = `A=1\n${NAME}=${quoted}${comment}\nB=2\n`;
    expect(findVariable(text, NAME)).toMatchObject({ value, isBare: false });
    expect(renew(text)).toBe(`A=1\n${NAME}=${NEW}${comment}\nB=2\n`);
  });

  it('that is empty gets one, apart from the comment behind it', () => {
    expect(renew(`${NAME}=\nA=1\n`)).toBe(`${NAME}=${NEW}\nA=1\n`);
    expect(renew(`${NAME}= # soon\n`)).toBe(`${NAME}= ${NEW} # soon\n`);
    expect(renew(`${NAME}=''\n`)).toBe(`${NAME}=${NEW}\n`);
  });

  it('is not found where there is none', () => {
    for (const text of ['', '\n', `#${NAME}=x`, `A="\n${NAME}=x\n"`, `${NAME}`, `${NAME}_FILE=x`]) {
      expect(findVariable(text, NAME)).toBeUndefined();
    }
  });

  it.each([
    ['twice', `${NAME}=a\n${NAME}=b\n`, 'more than one line of the file'],
    ['twice, once with export', `export ${NAME}=a\nA=1\n${NAME}=a`, 'more than one line of the'],
    ['twice, once empty', `${NAME}=\n${NAME}=a\n`, 'more than one line of the file'],
    ['over two lines in quotes', `${NAME}="a\nb"\n`, 'is not on one line of the file'],
    ['on the line below', `${NAME}=\n"a"\n`, 'is not on one line of the file'],
    ['with its = on the line below', `${NAME}\n=a\n`, 'is not on one line of the file'],
    ['with # right behind it', `${NAME}=a#b\n`, 'has a # right behind its value'],
    ['with # right behind its quotes', `${NAME}="a"#b\n`, 'has a # right behind its value'],
  ])('that is set %s is refused', (_name, text, message) => {
    expect(() => findVariable(text, NAME)).toThrow(CliError);
    expect(() => findVariable(text, NAME)).toThrow(message);
  });
});

describe('a line that is added', () => {
  it.each([
    [`${NAME}=a`, `${NAME}=a\n${PREVIOUS}=p`],
    [`${NAME}=a\n`, `${NAME}=a\n${PREVIOUS}=p\n`],
    [`A=1\r\n${NAME}=a`, `A=1\r\n${NAME}=a\r\n${PREVIOUS}=p`],
    [`A=1\r\n${NAME}=a\r\nB=2`, `A=1\r\n${NAME}=a\r\n${PREVIOUS}=p\r\nB=2`],
    [`${NAME}=a # x\nB=2\n`, `${NAME}=a # x\n${PREVIOUS}=p\nB=2\n`],
    [` export ${NAME} = a\n`, ` export ${NAME} = a\n export ${PREVIOUS} = p\n`],
    [`${NAME}: 'a'\n\n# b\n`, `${NAME}: 'a'\n${PREVIOUS}: p\n\n# b\n`],
  ])('stands below the other one, in its manner: %j', (text, expected) => {
    expect(keep(text, 'p')).toBe(expected);
  });

  it('is not added where there is one, wherever that is', () => {
    expect(keep(`${PREVIOUS}=o # old\nA=1\n${NAME}=a\n`, 'p')).toBe(
      `${PREVIOUS}=p # old\nA=1\n${NAME}=a\n`,
    );
    expect(keep(`${NAME}=a\nA=1\n${PREVIOUS}=`, 'p')).toBe(`${NAME}=a\nA=1\n${PREVIOUS}=p`);
  });

  it('goes again without a trace', () => {
    for (const text of [`${NAME}=a`, `A=1\r\n${NAME}=a`, `${NAME}=a\nB=2`, `${NAME}=a\n\n`]) {
      expect(drop(keep(text, 'p'))).toBe(text);
    }
  });
});

describe('a line that is dropped', () => {
  it.each([
    [`${NAME}=a\n${PREVIOUS}=p # c\nB=2\n`, `${NAME}=a\nB=2\n`],
    [`${PREVIOUS}=p`, ''],
    [`${NAME}=a\n`, `${NAME}=a\n`],
  ])('leaves all else: %j', (text, expected) => {
    expect(drop(text)).toBe(expected);
  });
});

describe('quotes', () => {
  it('are put around what needs them and had them', () => {
    expect(keep(`${NAME}=a\n`, 'p #q $r', false)).toBe(`${NAME}=a\n${PREVIOUS}='p #q $r'\n`);
    expect(keep(`${NAME}=a\n`, '~x', false)).toBe(`${NAME}=a\n${PREVIOUS}='~x'\n`);
  });

  it('are left away where no reader needs them, and where there were none', () => {
    const safe = 'azAZ09_+/=.:@%-,x';
    expect(keep(`${NAME}=a\n`, safe, false)).toBe(`${NAME}=a\n${PREVIOUS}=${safe}\n`);
    expect(keep(`${NAME}=a\n`, 'p $q', true)).toBe(`${NAME}=a\n${PREVIOUS}=p $q\n`);
  });

  it.each([
    ['a quote in quotes', "p'q", false],
    ['a backslash in quotes', 'p\\q', false],
    ['a tab in quotes', 'p\tq', false],
    ['# without quotes', 'p #q', true],
    ['white space at an edge', ' p', true],
    ['an opening quote that another closes further down', "'p", true],
    ['a line break', 'p\nB=3', true],
  ])('do not help with %s, which is refused', (_name, value, isBare) => {
    expect(() => keep(`${NAME}=a\nC=its'\n`, value, isBare)).toThrow(CliError);
    expect(() => keep(`${NAME}=a\nC=its'\n`, value, isBare)).toThrow(
      `${PREVIOUS} cannot be written so that it is read as it is`,
    );
  });
});

describe('any file', () => {
  /** Mulberry32: the same numbers for the same seed. */
  const createRandom = (seed: number): ((below: number) => number) => {
    let state = seed;
    return (below) => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
    };
  };

  const PIECES = [
    ...['\n', '\n', '\n', '\r\n', '\r', ' ', '\t', '=', ':', ': ', '#', ' # ', "'", '"', '`', '\\'],
    ...['export ', 'A', 'B=', 'C=1', '\nD=2\n', '\u2028', '\ufeff', '$', ',', '\\n', 'é', '😀', ''],
    ...[NAME, `${NAME}=`, `\n${NAME}=`, `\nexport ${NAME} = x`, `\n${NAME}=abc\n`, `# ${NAME}=`],
    ...[PREVIOUS, `\n${PREVIOUS}=`, `\n${PREVIOUS}=p,q # c\n`, `\n${NAME}="a b"`, `${NAME}_FILE=x`],
  ];

  const without = (text: string): Record<string, string> => {
    const { [NAME]: _current, [PREVIOUS]: _previous, ...others } = parse(text);
    return others;
  };
  /** Lines that are nobody's: the edit may add, change or drop those of the two variables alone. */
  const foreignLines = (text: string): readonly string[] =>
    text.split(/\r\n?|[\n\u2028\u2029]/).filter((line) => !line.includes(NAME) && line !== '');

  it('is edited so that it says what it should and nothing else, or refused', () => {
    const random = createRandom(20_270_115);
    const counts = { edited: 0, refused: 0, absent: 0 };
    const rounds = process.env['ZEPCLI_TESTS'] === 'full' ? 20_000 : 4_000; // the proof runs it in full
    for (let round = 0; round < rounds; round++) {
      const pieces = Array.from({ length: 1 + random(14) }, () => PIECES[random(PIECES.length)]);
      const text = pieces.join('');
      try {
        const old = findVariable(text, NAME);
        expect(old?.value).toBe(parse(text)[NAME]);
        if (old === undefined) {
          counts.absent++;
          continue;
        }
        const kept = keep(renew(text), old.value, old.isBare);
        expect(parse(kept)).toEqual({ ...without(text), [NAME]: NEW, [PREVIOUS]: old.value });
        const dropped = drop(kept);
        expect(parse(dropped)).toEqual({ ...without(text), [NAME]: NEW });
        for (const edited of [kept, dropped]) {
          expect({ text, lines: foreignLines(edited) }).toEqual({
            text,
            lines: foreignLines(text),
          });
        }
        counts.edited++;
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        expect(error.message).not.toContain(NEW);
        counts.refused++;
      }
    }
    expect(counts.edited).toBeGreaterThan(rounds * 0.15);
    expect(counts.refused).toBeGreaterThan(rounds * 0.05);
    expect(counts.absent).toBeGreaterThan(rounds * 0.05);
  });
});
