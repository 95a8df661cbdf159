import { guardError } from './problem-response.ts';
import type { RequestView } from './request.ts';
import type { Source } from './sources.ts';

/** A token, and the source that held it. */
export interface Credential {
  readonly token: string;
  readonly source: Source;
}

/**
 * Checks a list of sources.
 *
 * @throws {TypeError} when it is empty, holds something else, or one source twice
 */
export const assertSources = (sources: readonly Source[]): void => {
  const isSource = (source: Source): boolean =>
    typeof source === 'object' && typeof source?.read === 'function';
  if (!Array.isArray(sources) || sources.length === 0 || !sources.every(isSource)) {
    throw new TypeError(
      'sources is a list of bearer(), header(…), cookie(…), query(…), subprotocol()',
    );
  }
  const names = sources.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw new TypeError(`sources names ${repeated} twice`);
};

const readAmong = (view: RequestView, sources: readonly Source[]): Credential | undefined => {
  let found: Credential | undefined;
  for (const source of sources) {
    for (const token of source.read(view)) {
      if (found !== undefined) throw guardError('ERR_CREDENTIALS_AMBIGUOUS');
      found = { token, source };
    }
  }
  return found?.token === '' ? undefined : found;
};

/** Creates the search for a request's one token. Ambient sources count only without any other credentials. */
export const createCredentialReader = (
  sources: readonly Source[],
): ((view: RequestView) => Credential | undefined) => {
  const explicit = sources.filter(({ kind }) => kind === 'explicit');
  const ambient = sources.filter(({ kind }) => kind === 'ambient');
  return (view) => {
    const found = readAmong(view, explicit);
    if (found !== undefined || ambient.length === 0) return found;
    return view.values('authorization').length > 0 ? undefined : readAmong(view, ambient);
  };
};
