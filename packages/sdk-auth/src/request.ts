/** Turns a Request into an init, for a `fetch` that does not know its class. */
export const toInit = async (request: Request, init?: RequestInit): Promise<RequestInit> => {
  const merged: Record<string, unknown> = { ...init };
  // Every member, also what only one platform has, such as `cf`.
  for (const name in request) {
    if (merged[name] === undefined) merged[name] = request[name as keyof Request];
  }
  // React Native keeps the body that it was given, and cannot read it as bytes.
  merged['body'] =
    init?.body ?? ('_bodyInit' in request ? request._bodyInit : await request.arrayBuffer());
  if (Object(merged['body']).byteLength === 0) merged['body'] = undefined; // a GET must not have one
  return merged;
};
