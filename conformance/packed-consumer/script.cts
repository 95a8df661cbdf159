// The packages in a CommonJS file, which imports them dynamically because they are ESM only. Compiled against the
// installed packages, never run.
export const check = async (token: string): Promise<string> => {
  const { createVerifier, generateSecret } = await import('@zep-auth/core');
  const { authGuard } = await import('@zep-auth/server');
  const { authHeaders } = await import('@zep-auth/sdk-auth');
  const { keyId } = await createVerifier({ secret: generateSecret() }).verify(token);
  // @ts-expect-error: a key id is not a number
  const wrong: number = keyId;
  return `${authHeaders(token).Authorization} ${authGuard.length} ${wrong}`;
};
