/**
 * A fingerprint of a text, 53 bits, in base 36: enough to recognise a published text without containing it. The case of
 * letters does not count. Not for anything that an attacker must not find a second text for.
 */
export const fingerprintOf = (text: string): string => {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (const byte of new TextEncoder().encode(text.toLowerCase())) {
    high = Math.imul(high ^ byte, 0x01000193);
    low = Math.imul(low ^ byte, 0x5bd1e995);
    low ^= low >>> 15;
  }
  return ((high >>> 11) * 2 ** 32 + (low >>> 0)).toString(36);
};
