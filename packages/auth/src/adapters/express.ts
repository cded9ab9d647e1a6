import type { AuthHandler } from "../auth-handler.ts";
import { ask, type NodeRequest, type NodeResponse, writeNodeResponse } from "./node-message.ts";

/**
 * A request handler for Express 4 and 5: `app.all("/pusher/auth", toExpress(handler))`. The handler's context is
 * Express's request.
 *
 * It may stand before or behind body parsers. Behind one, the body limit is the parser's.
 */
export function toExpress<Request extends NodeRequest = NodeRequest>(
  handler: AuthHandler<Request>,
): (request: Request, response: NodeResponse, next?: (error?: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    try {
      await writeNodeResponse(await ask(handler, request, request), response);
    } catch (error) {
      // Express 4 takes no notice of promises.
      if (next === undefined) throw error;
      next(error);
    }
  };
}
