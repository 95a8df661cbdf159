/** Whether a host is this machine, so that what is sent to it crosses no network. IPv6 may stand in brackets. */
export const isLoopback = (host: string): boolean =>
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(host);
