// Requests as a server hands them out, which the Request constructor would normalise or refuse.
// Never sent anywhere: only the members named here are not the platform's.

export interface RawRequestInit extends RequestInit {
  /** The URL as it is, dot segments and all. */
  readonly url: string;
}

export const rawRequest = ({ url, method = 'GET', ...init }: RawRequestInit): Request => {
  const isForbidden = /^(?:TRACE|CONNECT)$/.test(method);
  const request = new Request('http://localhost/', {
    ...init,
    method: isForbidden ? 'GET' : method,
  });
  return Object.defineProperties(request, { url: { value: url }, method: { value: method } });
};

/** A RequestInit whose body is a stream; the DOM's types do not know `duplex`, the Fetch standard does. */
export const streaming = (init: RequestInit): RequestInit =>
  ({ ...init, duplex: 'half' }) as RequestInit;
