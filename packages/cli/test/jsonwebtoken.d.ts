// What the tests use of jsonwebtoken, which has no types of its own.
declare module 'jsonwebtoken' {
  const jsonwebtoken: {
    sign(
      claims: object,
      secret: string,
      options?: {
        readonly algorithm?: 'HS256';
        readonly expiresIn?: string;
        readonly noTimestamp?: boolean;
      },
    ): string;
    verify(
      token: string,
      secret: string,
      options?: { readonly algorithms?: readonly string[] },
    ): unknown;
  };
  export default jsonwebtoken;
}
