// The report: aligned, 80 wide, coloured for people only.
import { styleText } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isGood, toJson, toSummary, toTable } from '../../src/doctor/report.ts';
import type { Result } from '../../src/doctor/result.ts';
import type { Paint } from '../../src/io/style.ts';

const plain: Paint = (_style, text) => text;
const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false });

const RESULTS: readonly Result[] = [
  { name: 'no token', status: 'pass', detail: 'refused with 401' },
  {
    name: 'challenge',
    status: 'warn',
    detail: 'there is none',
    advice: 'send WWW-Authenticate: Bearer realm="api" with a 401, and say no more',
  },
  { name: 'expired', status: 'fail', detail: 'let in', advice: 'check exp' },
  { name: 'a', status: 'skipped', detail: 'the secret is not here' },
  { name: 'b', status: 'skipped', detail: 'the secret is not here' },
  { name: 'c', status: 'skipped', detail: 'another reason', advice: 'do it' },
  { name: 'd', status: 'skipped', detail: 'another reason', advice: 'do it' },
  { name: 'e', status: 'pass', detail: `${'words '.repeat(20)}end` },
];

describe('the table', () => {
  it('has columns, with the advice below the detail, and what was skipped for one reason in one row', () => {
    expect(toTable(RESULTS, plain)).toBe(
      [
        'pass     no token   refused with 401',
        'warn     challenge  there is none',
        '         -> send WWW-Authenticate: Bearer realm="api" with a 401, and say no',
        '            more',
        'fail     expired    let in',
        '         -> check exp',
        'skipped  2 checks   the secret is not here: a, b',
        'skipped  c          another reason',
        '         -> do it',
        'skipped  d          another reason',
        '         -> do it',
        `pass     e          ${'words '.repeat(10).trim()}`,
        `                    ${'words '.repeat(10).trim()}`,
        '                    end',
      ].join('\n'),
    );
  });

  it('lists no more than 12 of those that were skipped for one reason', () => {
    const skip = (count: number) =>
      toTable(
        Array.from(
          { length: count },
          () => ({ name: 'n', status: 'skipped', detail: 'x' }) as const,
        ),
        plain,
      );
    expect(skip(12)).toBe(`skipped  12 checks  x: ${Array(12).fill('n').join(', ')}`);
    expect(skip(13)).toBe('skipped  13 checks  x');
  });

  it('breaks a long advice, too', () => {
    const advice = 'words '.repeat(20).trim();
    expect(toTable([{ name: 'n', status: 'fail', detail: 'd', advice }], plain)).toBe(
      `fail     n  d\n         -> ${'words '.repeat(11).trim()}\n            ${'words '.repeat(9).trim()}`,
    );
  });

  it('is at most 80 wide and has no space at the end of a line', () => {
    for (const line of toTable(RESULTS, plain).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(80);
      expect(line).toBe(line.trimEnd());
    }
  });

  it('keeps a word whole that is longer than a line', () => {
    const word = 'x'.repeat(100);
    expect(toTable([{ name: 'n', status: 'pass', detail: `a ${word} b` }], plain)).toBe(
      `pass     n  a\n            ${word}\n            b`,
    );
  });

  it('colours the status alone', () => {
    const lines = toTable(RESULTS.slice(0, 3), coloured).split('\n');
    expect(lines[0]).toBe('\u001b[32mpass   \u001b[39m  no token   refused with 401');
    expect(lines[1]).toBe('\u001b[33mwarn   \u001b[39m  challenge  there is none');
    expect(lines[4]).toBe('\u001b[31mfail   \u001b[39m  expired    let in');
  });
});

describe('the rest', () => {
  it('JSON has every result, and whether nothing has failed', () => {
    expect(JSON.parse(toJson(RESULTS))).toEqual({ ok: false, results: RESULTS });
    expect(JSON.parse(toJson(RESULTS.slice(0, 2)))).toMatchObject({ ok: true });
    expect(toJson(RESULTS)).not.toContain('\n');
  });

  it('a warning fails nothing', () => {
    expect(isGood(RESULTS.filter(({ status }) => status !== 'fail'))).toBe(true);
    expect(isGood(RESULTS)).toBe(false);
  });

  it('the summary counts', () => {
    expect(toSummary(RESULTS)).toBe('2 passed, 1 warning, 1 failed, 4 skipped');
    expect(toSummary([])).toBe('0 passed, 0 warnings, 0 failed, 0 skipped');
  });
});
