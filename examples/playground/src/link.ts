// Links to what a token says. They carry its header and its claims, and neither the secret nor the signature: nobody can
// use what is in them.

const PARAMETER = '#says=';

/** The address of this page with the first two parts of a token, or undefined if it has none. */
export const toLink = (token: string): string | undefined => {
  const [said] = /^[\w-]+\.[\w-]*(?=\.[\w-]*$)/.exec(token) ?? [];
  return said === undefined ? undefined : `${location.href.split('#')[0]}${PARAMETER}${said}`;
};

/** Takes what a link says out of the address, so that it is not in the history. */
export const takeLink = (): string | undefined => {
  if (!location.hash.startsWith(PARAMETER)) return undefined;
  const said = location.hash.slice(PARAMETER.length);
  history.replaceState(null, '', location.pathname);
  return `${said}.`;
};
