/** What a character that no token has is called, and how it usually gets into one. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/…/, 'an ellipsis: the token was shortened on screen'],
  [/[\r\n\u2028\u2029]/, 'a line break'],
  [/\t/, 'a tab'],
  [/ /, 'a space'],
  [/\u00A0|\u202F|\u2007/, 'a no-break space, as web pages and word processors write it'],
  [/\uFEFF/, 'a byte order mark'],
  [/[\u200B-\u200D\u2060\u00AD]/, 'an invisible character, as web pages and chats add it'],
  [/\0/, 'a NUL: the text is UTF-16'],
  [/\p{Cc}/u, 'a control character'],
  [/["'`“”‘’„‚«»]/, 'a quotation mark'],
  [/[\u2010-\u2015\u2212]/, 'a dash that stands for a hyphen'],
  [/=/, 'an equals sign: padding, which a token does not have, or NAME=value'],
  [/[+/]/, 'of base64, not of base64url'],
  [/%/, 'a percent sign: the token is percent-encoded, or ends in the mark of zsh'],
  [/[,;]/, 'a separator: there are two tokens, or more'],
  [/[{}[\]]/, 'of JSON: give the token alone'],
  [/:/, 'a colon, as behind a name or in a URL: give the token alone'],
  [/\*/, 'an asterisk: the token was masked'],
  [/\uFFFD/, 'what stands for a lost byte'],
  [/\p{L}/u, 'a letter that no token has'],
];

/**
 * Names the first character of a text that no token has, by its place and its code point: `character 31 is U+2026, an
 * ellipsis: the token was shortened on screen`. `undefined` if every character may be one of a token.
 *
 * @see RFC 7515 section 7.1
 */
export const describeWrongCharacter = (text: string): string | undefined => {
  const found = /[^\w.-]/u.exec(text);
  if (found === null) return undefined;
  const [char] = found;
  const place = [...text.slice(0, found.index)].length + 1;
  const code = char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  const name = NAMES.find(([form]) => form.test(char))?.[1];
  return `character ${place} is U+${code}${name === undefined ? '' : `, ${name}`}`;
};
