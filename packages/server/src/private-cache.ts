// What keeps an answer to a token out of shared caches.

/** The members of a list field; a comma between quotes is part of its member. */
export const splitList = (values: readonly string[]): readonly string[] =>
  values
    .flatMap((value) => value.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [])
    .map((member) => member.trim())
    .filter((member) => member !== '');

/**
 * A Cache-Control that keeps an answer out of shared caches.
 *
 * @see RFC 9111 section 5.2.2
 */
export const toPrivateCacheControl = (values: readonly string[]): string => {
  const kept = splitList(values).filter(
    (directive) => !/^(?:public|private|s-maxage)(?:$|[ \t]*=)/i.test(directive),
  );
  const isStored = !kept.some((directive) => /^no-store$/i.test(directive));
  return [...kept, ...(isStored ? ['private'] : [])].join(', ');
};

/** Whether a field, its name in lower case, tells a cache in front, and no browser, to store. */
export const isCdnField = (name: string): boolean =>
  /^(?:(?:surrogate|edge)-control|x-accel-expires|.*(?:cdn|litespeed)-cache-control)$/.test(name);
