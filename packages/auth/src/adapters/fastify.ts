import type { AuthHandler } from "../auth-handler.ts";
import { ask, mergedHeader, type NodeRequest } from "./node-message.ts";

/** What is used of Fastify's request. */
export interface FastifyRequest {
  readonly raw: NodeRequest;
  readonly originalUrl: string;
}

/** What is used of Fastify's reply. */
export interface FastifyReply {
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  getHeader(name: string): string | number | readonly string[] | undefined;
  send(body: string): unknown;
}

/** What is used of Fastify. */
export interface FastifyInstance<Request> {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    contentType: string,
    parser: (request: unknown, payload: unknown, done: (error: null) => void) => void,
  ): unknown;
  route(options: {
    readonly method: ("GET" | "POST" | "OPTIONS")[];
    readonly url: string;
    readonly handler: (request: Request, reply: FastifyReply) => Promise<unknown>;
  }): unknown;
}

export interface FastifyOptions {
  /** `/pusher/auth` and `/pusher/user-auth` by default. */
  readonly paths?: readonly string[];
}

/**
 * A plugin for Fastify: `app.register(toFastify(handler))`. The handler's context is Fastify's request.
 *
 * Fastify itself answers 415 to the form that pusher-js sends, so the plugin reads bodies on its own; in its own scope,
 * where it disturbs no other route.
 */
export function toFastify<Request extends FastifyRequest = FastifyRequest>(
  handler: AuthHandler<Request>,
  { paths = ["/pusher/auth", "/pusher/user-auth"] }: FastifyOptions = {},
): (instance: FastifyInstance<Request>) => Promise<void> {
  return async (instance) => {
    instance.removeAllContentTypeParsers();
    // Left in the stream, whatever it is.
    instance.addContentTypeParser("*", (_request, _payload, done) => done(null));
    for (const url of paths) {
      instance.route({
        method: ["GET", "POST", "OPTIONS"],
        url,
        handler: async (request, reply) => {
          const response = await ask(handler, request.raw, request);
          reply.code(response.status);
          for (const [name, value] of response.headers) {
            reply.header(name, mergedHeader(name, value, reply.getHeader(name)));
          }
          return reply.send(await response.text());
        },
      });
    }
  };
}
