/** A name for an unknown error: its code or class. Its message may hold a URL or a password, so it stays out. */
export const errorCode = (error: unknown): string => {
  const { cause, code, name = 'not an Error' } = Object(error) as { [member: string]: unknown };
  const codes = [Object(cause).code, code].filter((found) =>
    /^[A-Z][A-Z0-9_]+$/.test(String(found)),
  );
  return String(codes[0] ?? name);
};
