// The values of options: what each text means, and what is refused.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseDuration, parseTime, parseWord } from '../../src/argv/values.ts';
import { UsageError } from '../../src/io/errors.ts';
import { NOW } from '../made-tokens.ts';

const refusalOf = (parse: () => unknown): string => {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  throw new Error('nothing was refused');
};

describe('parseDuration', () => {
  it.each([
    ['1s', 1],
    ['2m', 120],
    ['3h', 10_800],
    ['4d', 345_600],
    ['5w', 3_024_000],
    ['6y', 189_216_000],
    ['01d', 86_400],
    ['100y', 3_153_600_000],
    ['3153600000s', 3_153_600_000],
    ['30days', 2_592_000],
    ['1day', 86_400],
    ['12 hours', 43_200],
    ['90min', 5400],
    ['45 sec', 45],
    ['1h30m', 5400],
    ['1d 12h', 129_600],
    ['1y2w3d4h5m6s', 33_019_506],
  ])('reads %s', (text, seconds) => {
    expect(parseDuration(text, 'x')).toBe(seconds);
  });

  it.each([
    ...['', 's', '0s', '00s', '1', '-1s', '+1s', '1.5h', '1ms', '1M', '1mo', '1month', '1d\n1'],
    ...['100y1s', '3153600001s', '99999999999s', '1d2', '1dd', 'd1', '१d'],
  ])('refuses %j', (text) => {
    expect(refusalOf(() => parseDuration(text, 'life'))).toBe(
      `--life ${JSON.stringify(text)} is not a duration of at most 100y, such as 45s, 30m, 1h30m, 90d or 1y`,
    );
  });
});

describe('parseTime', () => {
  beforeEach(() => void vi.setSystemTime(NOW * 1000));
  afterEach(() => void vi.useRealTimers());

  it('reads a duration as from now', () => {
    expect(parseTime('90s', 'x')).toBe(NOW + 90);
    expect(parseTime('1h30m', 'x')).toBe(NOW + 5400);
  });

  it.each([
    ['2027-01-15', NOW - 8 * 3600],
    ['2027-01-15T08:00:00Z', NOW],
    ['2027-01-15T08:00:00.999Z', NOW],
    ['2027-01-15T09:30:00+01:30', NOW],
    ['2027-01-15T00:00:00-08:00', NOW],
    ['1970-01-01T00:00:00Z', 0],
    ['2028-02-29', 1_835_395_200],
  ])('reads %s', (text, seconds) => {
    expect(parseTime(text, 'x')).toBe(seconds);
  });

  it.each([
    '2027-01-15T08:00Z',
    '2027-01-15T08:00:00',
    '2027-01-15t08:00:00z',
    '2027-01-15 08:00:00Z',
    '15 January 2027',
    '2027-1-15T08:00:00Z',
    '2027-1-15',
    '2027-00-15T08:00:00Z',
    '2027-02-29T08:00:00Z',
    '2027-02-29',
    '2027-04-31T08:00:00Z',
    '2027-01-15T08:60:00Z',
    '2027-01-15T25:00:00Z',
    '2027-01-15T08:00:00Z\n',
    '1800000000',
    'tomorrow',
    '',
  ])('refuses %j', (text) => {
    expect(refusalOf(() => parseTime(text, 'start'))).toBe(
      `--start ${JSON.stringify(text)} is not a date (2030-01-31), a time (2030-01-31T12:00:00Z) or a duration (90d)`,
    );
  });
});

describe('parseWord', () => {
  it('takes a word in any case, and refuses others by all that it takes', () => {
    expect(parseWord('JSON', 'log', ['text', 'json'])).toBe('json');
    expect(refusalOf(() => parseWord('xml', 'log', ['text', 'json']))).toBe(
      '--log "xml" is not text or json',
    );
  });
});
