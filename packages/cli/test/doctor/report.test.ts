// The report: rows as they come, coloured for people only, and an exit code.
import { styleText } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Result, report as reportOn, toRow } from '../../src/doctor/report.ts';
import type { Paint } from '../../src/io/style.ts';
import { fakeIo } from '../fake-io.ts';

const plain: Paint = (_style, text) => text;
const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false });

const PASS: Result = { name: 'no token', status: 'pass', detail: 'refused with 401' };
const WARN: Result = {
  name: 'cache',
  status: 'warn',
  detail: 'the answer says that caches may share it',
  advice: 'send Cache-Control: no-store, or private, with all that needs a token',
};
const FAIL: Result = { name: 'expired', status: 'fail', detail: 'accepted', advice: 'check exp' };
const skip = (name: string, detail = 'the secret is not here'): Result => ({
  name,
  status: 'skipped',
  detail,
});
const UNKNOWN: Result = { name: 'TLS', status: 'unknown', detail: 'no answer within 10 s' };

async function* oneByOne(results: readonly Result[]): AsyncGenerator<Result> {
  yield* results;
}

const report = async (results: readonly Result[], asJson = false) => {
  const io = fakeIo();
  const code = await reportOn(io, asJson, oneByOne(results));
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
};

describe('a row', () => {
  it('has columns, with the advice below', () => {
    expect(toRow(PASS, plain, 80)).toBe('pass     no token           refused with 401');
    expect(toRow(FAIL, plain, 80)).toBe(
      'fail     expired            accepted\n         -> check exp',
    );
  });

  it('has its detail below on a narrow terminal', () => {
    expect(toRow(FAIL, plain, 40)).toBe(
      'fail     expired\n         accepted\n         -> check exp',
    );
  });

  it('shows no character that a terminal obeys', () => {
    const odd = '\u001b[2J\u009b\u202e\u2028\u200b';
    expect(toRow({ ...FAIL, detail: odd, advice: odd }, plain, 80)).not.toMatch(
      /[^\P{Cc}\n]|[\p{Cf}\u2028]/u,
    );
  });

  it.each([40, 80, 120])('is at most %d wide', (width) => {
    for (const result of [PASS, WARN, FAIL, UNKNOWN]) {
      for (const line of toRow(result, plain, width).split('\n')) {
        expect(line.length).toBeLessThanOrEqual(width);
        expect(line).toBe(line.trimEnd());
      }
    }
  });

  it('has a colour for its status alone, and green only where it passes', () => {
    expect(toRow(PASS, coloured, 80)).toContain(
      `${styleText('green', 'pass', { validateStream: false })}  `,
    );
    for (const result of [WARN, FAIL, skip('x'), UNKNOWN]) {
      expect(toRow(result, coloured, 80)).not.toContain('\u001b[32m');
    }
  });
});

describe('the rows', () => {
  it('are printed as they come', async () => {
    const io = fakeIo();
    async function* results(): AsyncGenerator<Result> {
      yield PASS;
      expect(io.stdout.text).toBe(`${toRow(PASS, plain, 80)}\n`);
      yield FAIL;
      expect(io.stdout.text).toContain(toRow(FAIL, plain, 80));
    }
    expect(await reportOn(io, false, results())).toBe(1);
  });

  it('share one row where they are skipped for one reason', async () => {
    const { stdout } = await report([skip('a'), skip('b'), skip('c', 'another reason'), PASS]);
    expect(stdout).toBe(
      [
        'skipped  2 checks           the secret is not here: a, b',
        'skipped  c                  another reason',
        'pass     no token           refused with 401',
        '',
      ].join('\n'),
    );
  });

  it('are one line of JSON at the end for a program', async () => {
    const results = [PASS, WARN, skip('a'), skip('b')];
    const { stdout } = await report(results, true);
    expect(stdout).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(stdout)).toEqual({ ok: true, results });
  });
});

describe('the end', () => {
  it.each([
    [[PASS, WARN, skip('a')], 0, '1 passed, 1 warning, 0 failed, 1 skipped'],
    [[PASS, FAIL], 1, '1 passed, 0 warnings, 1 failed, 0 skipped'],
    [[PASS, UNKNOWN, skip('a')], 3, '1 passed, 0 warnings, 0 failed, 1 skipped; checked 1 of 2'],
    [[FAIL, UNKNOWN], 1, '0 passed, 0 warnings, 1 failed, 0 skipped; checked 1 of 2'],
  ])('is an exit code and a summary', async (results, code, summary) => {
    expect(await report(results)).toMatchObject({ code, stderr: `${summary}\n` });
    expect(JSON.parse((await report(results, true)).stdout)).toMatchObject({ ok: code === 0 });
  });
});
