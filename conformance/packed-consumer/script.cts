// The same packages from a CommonJS file, which has to import them dynamically: they are ESM only.
// Never runs: it is compiled against the packages as they are installed.
export const check = async (token: string): Promise<string> => {
  const { createVerifier, generateSecret } = await import('@zep-auth/core');
  const { authGuard } = await import('@zep-auth/server');
  const { authHeaders } = await import('@zep-auth/sdk-auth');
  const { keyId } = await createVerifier({ secret: generateSecret() }).verify(token);
  // @ts-expect-error: a key id is no number
  const wrong: number = keyId;
  return `${authHeaders(token).Authorization} ${authGuard.length} ${wrong}`;
};
