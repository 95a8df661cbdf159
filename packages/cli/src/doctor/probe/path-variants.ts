// Other ways to write a path, which a router may take for the same when a guard does not. They are sent without a token.
import { type Finding, fail, pass, skipped } from '../result.ts';
import { isRefusal, isSamePage, isSuccess, type ProbeContext } from './probe-context.ts';

const swapCase = (text: string): string =>
  text.replace(/[a-z]/gi, (char) =>
    char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase(),
  );

const escapeLetter = (text: string): string =>
  text.replace(/(?<!%.?)[a-z]/i, (char) => `%${char.charCodeAt(0).toString(16)}`);

/** The variants of a path, each with a name. */
export const toPathVariants = (path: string): readonly (readonly [string, string])[] => {
  const [, pathname = '/', query = ''] = /^([^?]*)(.*)$/s.exec(path) ?? [];
  const inner = pathname.slice(1);
  const variants: readonly (readonly [string, string])[] = [
    ['//', `/${pathname}`],
    ['%2F at its start', `/%2F${inner}`],
    ['%2F for /', `/${inner.replaceAll('/', '%2F')}`],
    ['/./', `/.${pathname}`],
    ['a letter escaped', escapeLetter(pathname)],
    ['other case', swapCase(pathname)],
    ['/ at its end', `${pathname}/`],
    [';x at its end', `${pathname};x`],
    ['/healthz/../', `/healthz/..${pathname}`],
    ['/healthz/%2e%2e/', `/healthz/%2e%2e${pathname}`],
    ['/healthz%2F../', `/healthz%2F..${pathname}`],
  ];
  return [
    ...variants
      .filter(([, variant]) => variant !== pathname)
      .map(([name, variant]) => [name, variant + query] as const),
    ['another query', `${pathname}${query === '' ? '?' : `${query}&`}zepcli-doctor`],
  ];
};

/** The same path written otherwise: refused, or not found. */
export const judgePathVariants = async (context: ProbeContext): Promise<Finding> => {
  if (!isRefusal(await context.anonymous())) return skipped('the path itself is not guarded');
  const missing = await context.missing();
  const open: string[] = [];
  const variants = toPathVariants(context.path);
  for (const [name, path] of variants) {
    const answer = await context.ask({ path });
    if (isSuccess(answer) && !isSamePage(answer, missing)) open.push(name);
  }
  if (open.length === 0) return pass(`${variants.length} tried, none is open`);
  return fail(
    `open with ${open.join(', ')}`,
    'let guard and router see the same path: compare raw paths, and refuse what is not plain',
  );
};
