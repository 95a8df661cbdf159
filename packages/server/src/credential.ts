// The credentials of a request: the one token that counts, and a view without any.
import { guardError } from './problem-response.ts';
import type { RequestView } from './request.ts';
import type { Source } from './sources.ts';

/** A token, and the source that held it. */
export interface Credential {
  readonly token: string;
  readonly source: Source;
}

/**
 * Checks a list of sources, and copies it.
 *
 * @throws {TypeError} when it is empty, holds something else, or one source twice
 */
export const toSources = (sources: readonly Source[]): readonly Source[] => {
  const isSource = (source: Source): boolean => typeof source?.read === 'function';
  if (!Array.isArray(sources) || sources.length === 0 || !sources.every(isSource)) {
    throw new TypeError('sources is a list of bearer(), header() and so on');
  }
  if (new Set(sources.map(({ name }) => name)).size < sources.length) {
    throw new TypeError('sources repeats a source');
  }
  return [...sources];
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

// Credentials of every request, whatever the sources are.
const CREDENTIALS = /^(?:(?:proxy-)?authorization|cookie)$/;

/** A view for hooks that log: without Authorization, without cookies, and without what the sources read. */
export const withoutCredentials = (view: RequestView, sources: readonly Source[]): RequestView => {
  const strip = (headers: string[]): string =>
    sources.reduce((target, source) => source.strip(target, headers), view.url);
  const values = (name: string): readonly string[] => {
    if (CREDENTIALS.test(name)) return [];
    const headers = view.values(name).flatMap((value) => [name, value]);
    strip(headers);
    return headers.filter((_, i) => i % 2 === 1);
  };
  const { method, routedPath, scheme, peerAddress } = view;
  return {
    method,
    routedPath,
    scheme,
    peerAddress,
    url: strip([]),
    values,
    names: () => [...view.names()].filter((name) => values(name).length > 0),
  };
};
