// The values of options: what each text means, and what is refused.
import { describe, expect, it } from 'vitest';
import { parseDuration, parseTime } from '../../src/argv/values.ts';
import { UsageError } from '../../src/io/io.ts';
import { NOW } from '../made-tokens.ts';

describe('parseDuration', () => {
  it.each([
    ['1s', 1],
    ['2m', 120],
    ['3h', 10_800],
    ['4d', 345_600],
    ['5w', 3_024_000],
    ['6y', 189_216_000],
    ['100y', 3_153_600_000],
    ['3153600000s', 3_153_600_000],
  ])('reads %s', (text, seconds) => {
    expect(parseDuration('x', text)).toBe(seconds);
  });

  it.each([
    '',
    's',
    '0s',
    '00s',
    '1',
    '-1s',
    '1.5h',
    '1ms',
    '1M',
    '1 d',
    '1d\n',
    '3153600001s',
    '99999999999s',
    '१d',
  ])('refuses %j, naming the option and not the value', (text) => {
    expect(() => parseDuration('life', text)).toThrow(UsageError);
    expect(() => parseDuration('life', text)).toThrow(/^--life takes a duration of at most 100y/);
  });
});

describe('parseTime', () => {
  it('reads a duration as from now', () => {
    expect(parseTime('x', '90s', NOW)).toBe(NOW + 90);
  });

  it.each([
    ['2027-01-15T08:00:00Z', NOW],
    ['2027-01-15T08:00:00.999Z', NOW],
    ['2027-01-15T09:30:00+01:30', NOW],
    ['2027-01-15T00:00:00-08:00', NOW],
    ['1970-01-01T00:00:00Z', 0],
  ])('reads %s', (text, seconds) => {
    expect(parseTime('x', text, 0)).toBe(seconds);
  });

  it.each([
    '2027-01-15',
    '2027-01-15T08:00Z',
    '2027-01-15T08:00:00',
    '2027-01-15t08:00:00z',
    '15 January 2027',
    '2027-1-15T08:00:00Z',
    '2027-00-15T08:00:00Z',
    '2027-02-29T08:00:00Z',
    '2027-04-31T08:00:00Z',
    '2027-01-15T08:60:00Z',
    '2027-01-15T08:00:00Z\n',
    '1800000000',
    '',
  ])('refuses %j, naming the option and not the value', (text) => {
    expect(() => parseTime('start', text, NOW)).toThrow(UsageError);
    expect(() => parseTime('start', text, NOW)).toThrow(
      /^--start [^\d]*(?:2030|that does not exist)/,
    );
  });
});
