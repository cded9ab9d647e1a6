import { type AdminApi, type AdminApiOptions, adminApi } from "../admin-api.ts";
import { type JsonSchema, schemaProblems } from "./json-schema.ts";

/** The parts of the OpenAPI document that tests read. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        /** By media type. */
        readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
      }
    >
  >;
}

/**
 * The admin API that every test uses: each answer is held against the document, whatever a test is about. An answer of a
 * status, with a code or with a field that is not documented throws.
 */
export async function checkedAdminApi(options: AdminApiOptions): Promise<AdminApi> {
  const api = adminApi(options);
  const document = await documentOf(api, options.pathPrefix);
  return async (request, origin) => {
    const response = await api(request, origin);
    await requireDocumented(request, response, document);
    return response;
  };
}

export async function documentOf(api: AdminApi, pathPrefix = ""): Promise<OpenApiDocument> {
  const request = new Request(`http://usher.test${pathPrefix}/admin/v1/openapi.json`);
  const response = await api(request, { address: null, isTls: false });
  return (await response.json()) as OpenApiDocument;
}

/** Throws when the document does not describe such an answer to such a request. Leaves the body to be read. */
export async function requireDocumented(
  request: Request,
  response: Response,
  document: OpenApiDocument,
): Promise<void> {
  const fail = (problem: string) => {
    throw new Error(`${request.method} ${request.url} answered ${response.status}: ${problem}`);
  };
  if (response.headers.get("cache-control") !== "no-store") fail("it may be cached");
  const operation = operationAt(document, request);
  // Answers to what is no route are no route's.
  if (!operation) return;
  const answer = operation.responses[response.status];
  if (!answer) return fail(`the document of ${operation.operationId} has no such status`);
  const type = response.headers.get("content-type");
  if (!answer.content) return type === null ? undefined : fail("a body where none is documented");
  const documented = answer.content[type ?? ""];
  if (!documented) return fail(`a body of type ${type}, which is not documented`);
  // A stream has no end to wait for.
  if (request.method === "HEAD" || type !== "application/json") return;
  const text = await response.clone().text();
  const problems = schemaProblems(JSON.parse(text), documented.schema, document.components.schemas);
  if (problems.length > 0) fail(`${problems.join("; ")}; ${text}`);
}

function operationAt({ paths }: OpenApiDocument, request: Request): OpenApiOperation | undefined {
  const given = new URL(request.url).pathname.split("/");
  const method = request.method === "HEAD" ? "get" : request.method.toLowerCase();
  const candidates = Object.entries(paths).filter(([template, operations]) => {
    const expected = template.split("/");
    const fits = expected.every((part, index) => part.startsWith("{") || part === given[index]);
    return fits && expected.length === given.length && operations[method] !== undefined;
  });
  // A path that is spelt out wins over one with parameters.
  candidates.sort(([a], [b]) => a.split("{").length - b.split("{").length);
  return candidates[0]?.[1][method];
}
