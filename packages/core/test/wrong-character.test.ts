import { describe, expect, it } from 'vitest';
import { describeWrongCharacter } from '../src/wrong-character.ts';
import { tokenOf } from './raw-token.ts';

const TOKEN = tokenOf({ sub: 'alice' });

describe('describeWrongCharacter', () => {
  it.each([
    ['\u2026', 'U+2026, an ellipsis: the token was shortened on screen'],
    ['\n', 'U+000A, a line break'],
    ['\r', 'U+000D, a line break'],
    ['\u2028', 'U+2028, a line break'],
    ['\t', 'U+0009, a tab'],
    [' ', 'U+0020, a space'],
    ['\u00A0', 'U+00A0, a no-break space, as web pages and word processors write it'],
    ['\uFEFF', 'U+FEFF, a byte order mark'],
    ['\u200B', 'U+200B, an invisible character, as web pages and chats add it'],
    ['\u00AD', 'U+00AD, an invisible character, as web pages and chats add it'],
    ['\0', 'U+0000, a NUL: the text is UTF-16'],
    ['\u001B', 'U+001B, a control character'],
    ['\u0085', 'U+0085, a control character'],
    ['"', 'U+0022, a quotation mark'],
    ['\u201D', 'U+201D, a quotation mark'],
    ['\u2013', 'U+2013, a dash that stands for a hyphen'],
    ['\u2212', 'U+2212, a dash that stands for a hyphen'],
    ['=', 'U+003D, an equals sign: padding, which a token does not have, or NAME=value'],
    ['+', 'U+002B, of base64, not of base64url'],
    ['%', 'U+0025, a percent sign: the token is percent-encoded, or ends in the mark of zsh'],
    [',', 'U+002C, a separator: there are two tokens, or more'],
    ['{', 'U+007B, of JSON: give the token alone'],
    [':', 'U+003A, a colon, as behind a name or in a URL: give the token alone'],
    ['*', 'U+002A, an asterisk: the token was masked'],
    ['\uFFFD', 'U+FFFD, what stands for a lost byte'],
    ['\u0435', 'U+0435, a letter that no token has'],
    ['#', 'U+0023'],
    ['\u{1F511}', 'U+1F511'],
    ['\uD83D', 'U+D83D'],
  ])('names %j', (char, name) => {
    const text = `${TOKEN.slice(0, 30)}${char}${TOKEN.slice(30)} …`;
    expect(describeWrongCharacter(text)).toBe(`character 31 is ${name}`);
  });

  it('counts characters, not UTF-16 units', () => {
    expect(describeWrongCharacter('…')).toMatch(/^character 1 is /);
    expect(describeWrongCharacter(`${'a'.repeat(9)}\u{1F511}`)).toMatch(/^character 10 is /);
  });

  it.each([TOKEN, '', 'ey', TOKEN.slice(0, 20), 'a.b.c.d', '-_.'])(
    'finds nothing in %j',
    (text) => {
      expect(describeWrongCharacter(text)).toBeUndefined();
    },
  );
});
