// One step along these is not a choice.
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '!@#$%^&*()',
];

const isNext = (a: string, b: string): boolean =>
  a === b || ROWS.some((row) => row.includes(a + b) || row.includes(b + a));

/** The length of the block that is there again and again, the last one perhaps cut off, if that is all. */
export const findPeriod = (units: readonly unknown[]): number | undefined => {
  for (let period = 1; period <= units.length / 2; period++) {
    if (units.every((unit, i) => i < period || unit === units[i - period])) return period;
  }
  return undefined;
};

const MIN_CHOICES = 10; // or a third of a short text
const MIN_DIGITS = 40;

/** Why a text as a whole is easy to guess: runs of a sequence or of a keyboard's row, or digits alone and few of them. */
export const findLowVariety = (text: string): string | undefined => {
  const units = [...text.toLowerCase()];
  let choices = 0;
  let before = '';
  for (const unit of units) {
    if (before === '' || !isNext(before, unit)) choices++;
    before = unit;
  }
  if (choices < Math.min(MIN_CHOICES, units.length / 3)) {
    return 'is a sequence';
  }
  const digits = text.replace(/[\s._:-]/g, '');
  return /^\d+$/.test(digits) && digits.length < MIN_DIGITS
    ? `is fewer than ${MIN_DIGITS} digits`
    : undefined;
};
