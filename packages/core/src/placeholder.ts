// Phrases that stand where a secret should be, such as "your-super-secret-key-change-me-in-production".

// They say that the text is to be replaced, or what is to replace it. The lists for pass phrases (EFF, BIP-39) have these …
const LISTED =
  'change|replace|example|se[ckg]re[dt]|passwor[dt]|default|sample|token|random|key|jwt';
// … and not these, the short ones as words by themselves.
const UNLISTED =
  '(?<![a-z])your|insert|placeholder|passphrase|(?<!ham)string|characters|(?<!un)secure(?!ly)|chars|bytes|shared|(?<!de)signing|production|development|crypt(?:o|ion)|generate|fallback|c[lh]ave|senha|[ck]ara[ck]t|(?<![a-z])(?:dev|prod|min|auth|hmac|demo|hex)(?![a-z])';
// These are usual beside those, wherever they occur or as words by themselves.
const USUAL = 'super|strong|safe|very|really|long|please|this|here|only|local';
// These make a sentence of what stands around them. No list for pass phrases has them.
const GRAMMAR =
  'my|is|the|in|at|of|and|to|for|not|with|by|de|e[lmn]|il|u[mn]a?|co[mn]|p(?:ara|or)|mit';

const ASKING = new RegExp(`${LISTED}|${UNLISTED}`, 'g');
const WORDS = new RegExp(
  `${ASKING.source}|${USUAL}|(?<![a-z])(?:${GRAMMAR}|me|it|app|use)(?![a-z])`,
  'g',
);
const SENTENCE = new RegExp(`(?<![^\\s_.-])(?:${GRAMMAR})(?![^\\s_.-])`);

// Run together, words stand in no pass phrase, and in no random text; some not side by side either, in fewer than twelve
// words. The others are known for what they stand in.
const KNOWN =
  /(?:super|top|token|my|jwt)_?secret|secret_?(?:key|token|pass|code)|jwt.?(?:token|access|sign)|change_?(?:me|this)|^(?!(?:[^ -]*[ -]){11}).*(?<![a-z])(?:(?:super|test|session|access|jwt|token|cookie).secret|(?:secret|jwt|api).key)(?![a-z])|^django-insecure|openssl|^(?:todo|fixme)[\s:]|do_?n(?:o|')?t.?(?:use|share|tell|commit)|quick.?brown.?fox|horse.?battery.?staple/;

// The short texts that stand for any secret, which a weak one may not be either.
const SHORT = /^(?:0?123456\w*|admin|qwerty|deadbeef|sh+(?:ared-secret)?|keyboard cat)$/;
const LONG = 32;

const asksToBeReplaced = (text: string): boolean => {
  const lower = text.toLowerCase();
  const isLong = text.length >= LONG;
  if (isLong ? KNOWN.test(lower) : SHORT.test(lower)) {
    return true;
  }
  const asking = [...new Set(lower.match(ASKING))];
  if (asking.length === 0) return false;
  if (isLong && /(.)\1{5}|123456/.test(lower)) return true;
  const words = lower.match(WORDS) as string[]; // what asks is among them
  const share = words.join('').length / lower.replace(/[^a-z]/g, '').length;
  if (share >= (isLong ? 0.65 : 0.75)) return true;
  // Random text may hold a word of four letters, or of five and one of three.
  return (
    isLong &&
    ((asking.some((word) => word.length > 4) && SENTENCE.test(lower)) ||
      (asking.length > 1 && asking.join('').length > 8 && new RegExp(UNLISTED).test(lower)))
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
