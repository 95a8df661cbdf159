// Phrases that stand where a secret should be, such as "your-super-secret-key-change-me-in-production".

// They say that the text is to be replaced, or what is to replace it …
const ASKING =
  'changeme|change|replace|your|insert|example|placeholder|se[ck]ret|password|passphrase|default|sample|token|random|string|characters?|secure|key|jwt';
// … with words that are usual in them, wherever they occur, or as words by themselves.
const USUAL =
  'super|strong|safe|very|really|long|private|public|shared|sign(?:ing)?|production|develop(?:ment)?|test(?:ing)?|demo|dummy|fake|please|this|that|with|must|should|least|minimum|chars|bytes?|generated?|here|enter|value|some(?:thing)?|only|never|user|auth(?:entication)?|from|before|used?|using|make|more|length|you|application|hmac|insecure|weak';
const ALONE =
  'my|our|is|be|a|an|the|in|at|of|or|and|to|for|me|it|not|do|no|api|app|env|dev|prod|own|use|put|set|any|hex|rand|just|x+';

const WORDS = new RegExp(`${ASKING}|${USUAL}|(?<![a-z])(?:${ALONE})(?![a-z])`, 'g');
const ASKS = new RegExp(`^(?:${ASKING})$`);
// The lists for pass phrases (EFF, BIP-39) have the other words that ask.
const NOT_IN_PHRASES = /^(?:your|insert|placeholder|changeme)$/;
const MIN_WORDS_OF_PHRASE = 6;

// Digits and signs that stand for letters, and the letters.
const LOOKALIKES = '013457@$';
const LETTERS = 'oieastas';

// Run together, words stand in no pass phrase, and in no random text.
const COMPOUND =
  /(?:(?:super|my|top|jwt|token)_?secret|secret_?(?:key|token|pass|code|string))(?!\w*\s*[=:])|^django-insecure/;

const LONG = 32;

/** How many words there are, where words that are run together have six letters each. */
const countWords = (text: string): number =>
  [...text.matchAll(/[A-Z]?[a-z]{2,}|[A-Z]{3,}/g)].reduce(
    (sum, [word]) => sum + Math.ceil(word.length / 6),
    0,
  );

const asksToBeReplaced = (text: string): boolean => {
  const lower = text.toLowerCase();
  const isLong = text.length >= LONG;
  if (isLong && COMPOUND.test(lower)) return true;
  // A short secret that is allowed as a weak one may be one for tests.
  const words = [...lower.matchAll(WORDS)]
    .map(([word]) => word)
    .filter((word) => isLong || word !== 'test');
  const asking = words.filter((word) => ASKS.test(word));
  if (asking.length === 0) return false;
  const share = words.join('').length / lower.replace(/[^a-z]/g, '').length;
  if (share >= (isLong ? 0.65 : 0.75)) return true;
  // Random text may hold a word of three letters.
  const distinct = new Set(asking.filter((word) => word.length > 3));
  if (!isLong || distinct.size < 2) return false;
  return (
    countWords(text) < MIN_WORDS_OF_PHRASE ||
    [...distinct].some((word) => NOT_IN_PHRASES.test(word))
  );
};

/**
 * Whether a text asks to be replaced: by two words such as `change` and `secret`, or because such words make up most of
 * its letters.
 */
export const isPlaceholder = (text: string): boolean =>
  asksToBeReplaced(text) ||
  asksToBeReplaced(text.replace(/[013457@$]/g, (char) => LETTERS.charAt(LOOKALIKES.indexOf(char))));
