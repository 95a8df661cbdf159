// Requests as a server passes them on, which the Request constructor would normalize or refuse. They cannot be sent: only
// the members named here differ from the platform's.

export interface RawRequestInit extends RequestInit {
  /** The URL as it is, with its dot segments. */
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
