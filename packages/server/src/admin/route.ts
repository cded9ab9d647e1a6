import type { z } from "@hono/zod-openapi";
import type { Actor } from "../actor.ts";
import type { Access } from "./access.ts";
import type { AdminErrorCode } from "./admin-errors.ts";
import type { OperatorPrincipal, Principal } from "./principal.ts";
import type { AdminServices } from "./services.ts";

/** What a route takes and gives, and who may use it. The document, the checks and the types all come from it. */
export interface RouteSpec {
  readonly method: "get" | "post" | "patch" | "put" | "delete";
  /** Below the base path, with `{parameters}`. */
  readonly path: `/${string}`;
  /** Unique among all routes; what generated clients call it. */
  readonly operationId: string;
  /** Groups routes in the document. */
  readonly tag: string;
  /** One line, as an order: "List the apps". */
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** A strict object, or a union of such: fields that nobody knows are refused. */
  readonly body?: z.ZodType;
  /** In bytes, where it is not `MAX_BODY_BYTES`. */
  readonly maxBodyBytes?: number;
  /** The body is passed on and kept nowhere, so that it may have NUL characters in it. */
  readonly isPassedOn?: true;
  /** By status. An answer is parsed with its schema on the way out, so that no field leaves that is not documented. */
  readonly answers: { readonly [status: number]: AnswerSpec };
  /** Refusals of this route's own, besides those that every route of its kind has. */
  readonly errors?: readonly AdminErrorCode[];
}

export interface AnswerSpec {
  readonly about: string;
  /** Absent for an answer without a body. */
  readonly body?: z.ZodType;
  /** For an answer that goes on: the data of each of its server-sent events. */
  readonly events?: z.ZodType;
  /** For one that the route has encoded itself: what is in it. */
  readonly encoded?: z.ZodType;
}

/** Where a request comes from. */
export interface RequestOrigin {
  /** The client's address; behind a trusted proxy the one that it forwards. `null` when it is not known. */
  readonly address: string | null;
  /** Came over https, as far as the server or a trusted proxy knows. */
  readonly isTls: boolean;
  /** Set by the command line, which asks within its own process and holds the data folder open. */
  readonly isInProcess?: true;
}

/** What a route's function gets. Everything in it was checked. */
export interface RouteContext {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  /** `null` on public routes. */
  readonly principal: Principal | null;
  /** The principal, for the audit trail; `null` on public routes. */
  readonly by: Actor | null;
  readonly origin: RequestOrigin;
  readonly request: Request;
  readonly services: AdminServices;
}

export interface RouteAnswer {
  readonly status: number;
  readonly body?: unknown;
  /** Server-sent events, encoded. */
  readonly stream?: ReadableStream<Uint8Array>;
  /** JSON, encoded. */
  readonly encoded?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Values of `Set-Cookie`. */
  readonly cookies?: readonly string[];
}

export interface AdminRoute {
  readonly spec: RouteSpec;
  readonly handle: (context: RouteContext) => Promise<RouteAnswer>;
}

/**
 * Describes a route. `answeredBy` takes the function behind it, whose parameter and answers have the description's types.
 */
export function adminRoute<const Spec extends RouteSpec>(
  spec: Spec,
): { answeredBy(handle: (context: ContextOf<Spec>) => Promise<AnswerOf<Spec>>): AdminRoute } {
  return {
    // The one place where the types are let go of: register-route.ts parses with the schemas that they come from.
    answeredBy: (handle) => ({ spec, handle: handle as unknown as AdminRoute["handle"] }),
  };
}

/** The type of a route function's parameter, for helpers of a route. */
type ContextOf<Spec extends RouteSpec> = Omit<
  RouteContext,
  "params" | "query" | "body" | "principal" | "by"
> & {
  readonly params: Parsed<Spec["params"]>;
  readonly query: Parsed<Spec["query"]>;
  readonly body: Parsed<Spec["body"]>;
  readonly principal: PrincipalFor<Spec["access"]>;
  readonly by: Spec["access"] extends "public" ? null : Actor;
};

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

type PrincipalFor<Given> = Given extends "public"
  ? null
  : Given extends { readonly only: "session" }
    ? OperatorPrincipal
    : Principal;

type AnswerOf<Spec extends RouteSpec> = {
  [Status in keyof Spec["answers"] & number]: Omit<RouteAnswer, "status" | "body"> & {
    readonly status: Status;
  } & (Spec["answers"][Status] extends { readonly body: infer Schema extends z.ZodType }
      ? { readonly body: z.input<Schema> }
      : { readonly body?: undefined });
}[keyof Spec["answers"] & number];
