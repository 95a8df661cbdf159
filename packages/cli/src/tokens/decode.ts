/** The JSON of a part of a token, unverified; `undefined` where it is not JSON. */
export const decodePart = (token: string, part: 'header' | 'claims'): unknown => {
  const segment = token.split('.')[part === 'header' ? 0 : 1] ?? '';
  try {
    return JSON.parse(Buffer.from(segment, 'base64url').toString());
  } catch {
    return undefined;
  }
};
