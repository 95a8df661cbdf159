/** The code of the refusal, or `undefined` for a good token. */
export type Expected = string | undefined;

/** A token for a verifier that has one secret and no policy. */
export interface TokenRow {
  readonly name: string;
  /** An advisory, a section of an RFC, or `catalogue` for what token testers commonly try. */
  readonly source: string;
  readonly token: string;
  readonly code: Expected;
}

/** A request for a guard with the default sources, in process and over a socket. */
export interface RequestRow {
  readonly name: string;
  readonly source: string;
  /** The lines of its header section except Host, one character per byte. */
  readonly lines: readonly string[];
  /** What follows the path. */
  readonly query: string;
  /** The code that the operator sees. */
  readonly code: Expected;
  readonly status: number;
  /** The status over a socket, where an HTTP parser may refuse before the guard runs. */
  readonly socketStatus: number;
  /** Whether only a socket can send it: the Fetch standard's Headers cannot hold it. */
  readonly isWireOnly: boolean;
}

/** What is needed to make rows. */
export interface Material {
  readonly secret: string;
  readonly nowSeconds: number;
  /** Signs any header and payload with HS256, well-formed or not; with the secret unless another key is given. */
  readonly sign: (
    header: string | Uint8Array<ArrayBuffer>,
    payload: string | Uint8Array<ArrayBuffer>,
    key?: string | Uint8Array<ArrayBuffer>,
  ) => Promise<string>;
}

/** A row in short: its name, the expected code, the token, and its source, by default the catalogue. */
export type Draft = readonly [
  name: string,
  code: Expected,
  token: string | Promise<string>,
  source?: string | undefined,
];

export const finish = (drafts: readonly Draft[]): Promise<readonly TokenRow[]> =>
  Promise.all(
    drafts.map(async ([name, code, token, source = 'catalogue']) => ({
      name,
      source,
      token: await token,
      code,
    })),
  );

export const HEADER = '{"alg":"HS256","typ":"JWT"}';
export const PAYLOAD = '{"sub":"mallory","scope":"admin"}';

export const MALFORMED = 'ERR_TOKEN_MALFORMED';
export const ALGORITHM = 'ERR_TOKEN_ALGORITHM';
export const SIGNATURE = 'ERR_TOKEN_SIGNATURE';
export const TOO_LARGE = 'ERR_TOKEN_TOO_LARGE';
export const CLAIM = 'ERR_TOKEN_CLAIM';
export const EXPIRED = 'ERR_TOKEN_EXPIRED';
export const EARLY = 'ERR_TOKEN_NOT_YET_VALID';
export const MISSING = 'ERR_CREDENTIALS_MISSING';
export const AMBIGUOUS = 'ERR_CREDENTIALS_AMBIGUOUS';
