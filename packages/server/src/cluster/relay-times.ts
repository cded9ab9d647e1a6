/** A node that has a session says so within this time, or the client starts anew. */
export const FIRST_WORD_MS = 3_000;
/** How often two nodes tell each other of the requests between them. */
export const KEEP_MS = 4_000;
/** After so long without a word of a request it is over. */
export const SILENCE_MS = 12_000;

const MOST_IN_ONE_MESSAGE = 500;

/** The numbers of requests by the node that they are about, some hundreds at a time. */
export function* idsByNode<Id>(
  requests: ReadonlyMap<Id, { readonly nodeId: string }>,
): Generator<readonly [nodeId: string, ids: Id[]]> {
  for (const [nodeId, ofNode] of Map.groupBy(requests, ([, request]) => request.nodeId)) {
    const ids = ofNode.map(([id]) => id);
    for (let start = 0; start < ids.length; start += MOST_IN_ONE_MESSAGE)
      yield [nodeId, ids.slice(start, start + MOST_IN_ONE_MESSAGE)];
  }
}
