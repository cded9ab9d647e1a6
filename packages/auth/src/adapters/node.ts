import type { AuthHandler } from "../auth-handler.ts";
import { ask, type NodeRequest, type NodeResponse, writeNodeResponse } from "./node-message.ts";

export type { NodeRequest, NodeResponse } from "./node-message.ts";

/** A listener for `http.createServer()`. It answers every request that it is given. */
export function toNode<Request extends NodeRequest = NodeRequest>(
  handler: AuthHandler<Request>,
): (request: Request, response: NodeResponse) => Promise<void> {
  return async (request, response) => {
    await writeNodeResponse(await ask(handler, request, request), response);
  };
}
