// Tokens made by hand with WebCrypto, well-formed or not, without the code under test.

type Bytes = Uint8Array<ArrayBuffer>;

const toBytes = (content: string | Bytes): Bytes =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

/** The UTF-8 bytes of a text, one character per byte, as a header carries them. */
export const toWire = (text: string): string =>
  Array.from(toBytes(text), (byte) => String.fromCharCode(byte)).join('');

/** One byte per character. No character may be above 255. */
export const latin1 = (text: string): Bytes => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** base64url without padding. */
export const encode = (content: string | Bytes): string =>
  btoa(Array.from(toBytes(content), (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

/** Equals the empty key, because HMAC pads keys with zeros. WebCrypto does not import an empty one. */
export const EMPTY_KEY: Bytes = new Uint8Array(1);

export const mac = async (
  input: string,
  key: string | Bytes,
  hash: 'SHA-256' | 'SHA-384' | 'SHA-512' = 'SHA-256',
): Promise<Bytes> => {
  const algorithm = { name: 'HMAC', hash };
  const imported = await crypto.subtle.importKey('raw', toBytes(key), algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, toBytes(input)));
};

/** Appends the HS256 signature over exactly these characters. */
export const seal = async (input: string, key: string | Bytes): Promise<string> =>
  `${input}.${encode(await mac(input, key))}`;

/** The id of a secret's key: the first 11 characters of its RFC 7638 thumbprint. */
export const keyIdOf = async (secret: string): Promise<string> => {
  const jwk = toBytes(`{"k":"${encode(secret)}","kty":"oct"}`);
  return encode(new Uint8Array(await crypto.subtle.digest('SHA-256', jwk))).slice(0, 11);
};

/** A key pair of another algorithm: its public key, and signatures with the private one. */
export interface ForeignPair {
  /** The public key as text, in forms that other libraries have accepted as a secret. */
  readonly texts: Readonly<Record<string, string>>;
  readonly jwk: JsonWebKey;
  /** A token with this pair's algorithm, correctly signed. */
  readonly sign: (header: string, payload: string) => Promise<string>;
}

const createPair = async (
  algorithm: RsaHashedKeyGenParams | EcKeyGenParams,
  how: AlgorithmIdentifier | EcdsaParams,
): Promise<ForeignPair> => {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const { publicKey, privateKey } = pair as CryptoKeyPair; // both algorithms come in pairs
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey));
  const base64 = btoa(Array.from(spki, (byte) => String.fromCharCode(byte)).join(''));
  const lines = base64.match(/.{1,64}/g)?.join('\n');
  const pem = `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----`;
  return {
    texts: {
      'a public key in PEM': pem,
      'a public key in PEM with a line end': `${pem}\n`,
      'a public key in PEM with CRLF': `${pem}\n`.replaceAll('\n', '\r\n'),
      'a public key in base64': base64,
    },
    jwk: await crypto.subtle.exportKey('jwk', publicKey),
    sign: async (header, payload) => {
      const input = `${encode(header)}.${encode(payload)}`;
      const signature = await crypto.subtle.sign(how, privateKey, toBytes(input));
      return `${input}.${encode(new Uint8Array(signature))}`;
    },
  };
};

export const createRsaPair = (): Promise<ForeignPair> =>
  createPair(
    {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash: 'SHA-256',
    },
    { name: 'RSASSA-PKCS1-v1_5' },
  );

export const createEcPair = (): Promise<ForeignPair> =>
  createPair({ name: 'ECDSA', namedCurve: 'P-256' }, { name: 'ECDSA', hash: 'SHA-256' });
