import { utf8 } from './jws/engine.ts';

/** The text of a file, and what is wrong or odd about it, to follow "the file". */
export type TextFile =
  | { readonly text: string; readonly problem?: undefined; readonly warning?: string }
  | { readonly text?: undefined; readonly problem: string; readonly warning?: undefined };

const UTF16 =
  'is UTF-16, as PowerShell 5 writes it; write it again as UTF-8, with `Set-Content -Encoding ascii`, say';

/** Every second byte is NUL where UTF-16 holds ASCII. */
const isUtf16 = (bytes: Uint8Array): boolean => {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const nuls = bytes.filter((byte) => byte === 0).length;
  return nuls > 1 && nuls >= Math.floor(bytes.length / 2) - 1;
};

/** Reads the content of a file as UTF-8. A byte order mark is dropped, with a warning; UTF-16 and NUL are named. */
export const readTextFile = (content: string | Uint8Array): TextFile => {
  let text: string;
  if (typeof content === 'string') text = content;
  else if (isUtf16(content)) return { problem: UTF16 };
  else {
    try {
      text = utf8.decode(content);
    } catch {
      return { problem: 'is not UTF-8 text' };
    }
  }
  if (text.includes('\0'))
    return { problem: `holds a NUL character, at place ${text.indexOf('\0') + 1}` };
  if (!text.startsWith('\uFEFF')) return { text };
  return { text: text.slice(1), warning: 'begins with a byte order mark, which is ignored' };
};
