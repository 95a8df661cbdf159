// The API behind the gate in the robustness tests: each path has its own handler.
import { createHash } from 'node:crypto';
import { type Handler, startUpstream, type Upstream } from '../kit/upstream.ts';

export interface RobustUpstream extends Upstream {
  /** The targets that arrived, in order. */
  readonly seen: () => readonly string[];
  /** Sets what answers the requests for one path, whatever their query. */
  readonly on: (path: string, handler: Handler) => void;
}

/** Answers with what arrived: the target, the number of bytes and their hash. */
export const describeUpload: Handler = (request, response) => {
  const hash = createHash('sha256');
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    size += chunk.length;
  });
  request.once('end', () => response.end(`${request.url} ${size} ${hash.digest('hex')}`));
};

const plain: Handler = (request, response) => {
  request.resume().once('end', () => response.end(request.url));
};

/** A path without a handler is answered with 200 and the target. */
export const startRobustUpstream = async (): Promise<RobustUpstream> => {
  const handlers = new Map<string, Handler>();
  const upstream = await startUpstream((request, response) => {
    const handler = handlers.get(request.url?.replace(/\?.*$/, '') ?? '') ?? plain;
    handler(request, response);
  });
  return {
    ...upstream,
    seen: () => upstream.requests.map(({ target }) => target),
    on: (path, handler) => void handlers.set(path, handler),
  };
};
