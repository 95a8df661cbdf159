const swapCase = (text: string): string =>
  text.replace(/[a-z]/gi, (char) =>
    char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase(),
  );
const escapeLetter = (text: string): string =>
  text.replace(/(?<!%.?)[a-z]/i, (char) => `%${char.charCodeAt(0).toString(16)}`);

/** Other ways to write a path, which a router may take for the same when a guard does not, each with a name. */
export const toPathVariants = (target: string): readonly (readonly [string, string])[] => {
  const [, path = '/', query = ''] = /^([^?]*)(.*)$/s.exec(target) ?? [];
  const inner = path.slice(1);
  const variants: readonly (readonly [string, string])[] = [
    ['//', `/${path}`],
    ['%2F at its start', `/%2F${inner}`],
    ['%2F for /', `/${inner.replaceAll('/', '%2F')}`],
    ['/./', `/.${path}`],
    ['a letter escaped', escapeLetter(path)],
    ['other case', swapCase(path)],
    ['/ at its end', `${path}/`],
    [';x at its end', `${path};x`],
    ['/healthz/../', `/healthz/..${path}`],
    ['/healthz/%2e%2e/', `/healthz/%2e%2e${path}`],
    ['/healthz%2F../', `/healthz%2F..${path}`],
  ];
  return [
    ...variants
      .filter(([, variant]) => variant !== path)
      .map(([name, variant]) => [name, variant + query] as const),
    ['another query', `${path}${query === '' ? '?' : `${query}&`}zepcli-doctor`],
  ];
};
