// Phrases that stand where a secret should be, such as "your-super-secret-key-change-me-in-production".

// They say that the text is to be replaced, or what is to replace it …
const ASKING =
  'change|replace|override|your|insert|example|placeholder|se[ck]ret|password|passphrase|default|sample|token|random|(?<!ham)string|characters(?![a-z])|(?<!un)secure(?!ly)|key|jwt';
// … with words that are usual in them, wherever they occur, or as words by themselves.
const USUAL =
  'super|strong|safe|very|really|long|private|shared|signing|production|development|please|this|with|must|chars|bytes?|generate|here|value|something|only|never|auth(?:entication)?|before|fallback|knows|keep|hard|guess';
// These make a sentence of what stands around them. No list for pass phrases has them.
const GRAMMAR = 'my|our|is|the|in|at|of|or|and|to|for|not|with|should|by|are';

const WORDS = new RegExp(
  `${ASKING}|${USUAL}|(?<![a-z])(?:${GRAMMAR}|me|it|app|prod|use)(?![a-z])`,
  'g',
);
const ASKS = new RegExp(`^(?:${ASKING})$`);
// The lists for pass phrases (EFF, BIP-39) have the other words that ask.
const NOT_IN_PHRASES = /^(?:your|insert|placeholder|passphrase|string|characters|secure)$/;
const SENTENCE = new RegExp(`(?<![^\\s_.-])(?:${GRAMMAR})(?![^\\s_.-])`);

// Run together, words stand in no pass phrase, and in no random text. The others are known for what they stand in.
const KNOWN =
  /(?:(?:super|my|top|jwt|token)_?secret|secret_?(?:key|token|pass|code|string)|jwt.?(?:secret|token|key|access|sign)|master_?key)(?!\w*\s*[=:])|^django-insecure|^(?:todo|fixme)[\W_]|do_?n(?:o|')?t.?(?:use|share|tell|commit)|at.?least|openssl|quick.?brown.?fox|horse.?battery.?staple|keyboard.?cat/;

// The short texts that stand for any secret, which a weak one may not be either.
const SHORT =
  /^(?:123456\d*|abc123|admin|qwerty|letmein|deadbeef|sh+(?:ared-secret)?|keyboard cat)$/;
const LONG = 32;

const asksToBeReplaced = (text: string): boolean => {
  const lower = text.toLowerCase();
  const isLong = text.length >= LONG;
  if (isLong ? KNOWN.test(lower) || /[\w/+]EXAMPLE(?:KEY)?$/.test(text) : SHORT.test(lower)) {
    return true;
  }
  const words = [...lower.matchAll(WORDS)].map(([word]) => word);
  const asking = words.filter((word) => ASKS.test(word));
  if (asking.length === 0) return false;
  const share = words.join('').length / lower.replace(/[^a-z]/g, '').length;
  if (share >= (isLong ? 0.65 : 0.75)) return true;
  // Random text may hold a word of three letters.
  const distinct = new Set(asking.filter((word) => word.length > 3));
  if (!isLong || distinct.size === 0) return false;
  return (
    SENTENCE.test(lower) ||
    (distinct.size > 1 && [...distinct].some((word) => NOT_IN_PHRASES.test(word)))
  );
};

/**
 * Whether a text asks to be replaced: by a word such as `change` with another one or in a sentence, or because such words
 * make up most of its letters.
 */
export const isPlaceholder = (text: string): boolean =>
  asksToBeReplaced(text) ||
  // Digits and signs may stand for letters.
  asksToBeReplaced(
    text.replace(/[013457@$]/g, (char) => 'oieastas'.charAt('013457@$'.indexOf(char))),
  );
