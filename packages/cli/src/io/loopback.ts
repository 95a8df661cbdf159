/** Whether a host is this machine, so that a request to it crosses no network. IPv6 may be in brackets. */
export const isLoopback = (host: string): boolean =>
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(host);
