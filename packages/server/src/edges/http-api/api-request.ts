import { type JsonObject, type QueryParameter, queryValue, queryValues } from "@usher/protocol";

/** One request to the HTTP API, read but not yet believed. */
export interface ApiRequest {
  readonly method: string;
  /** As the client sees it, which is what its signature covers. */
  readonly signedPath: string;
  readonly rawQuery: string;
  readonly query: readonly QueryParameter[];
  readonly body: Uint8Array;
  /** The header `Idempotency-Key`. It is not signed, so it can at most keep a request from having an effect. */
  readonly idempotencyKey: string | undefined;
}

/** The parameters of a request: those of the JSON body, and those of the query for what the body does not have. */
export class Parameters {
  readonly #body: JsonObject;
  readonly #query: readonly QueryParameter[];

  constructor(body: JsonObject, query: readonly QueryParameter[]) {
    this.#body = body;
    this.#query = query;
  }

  get(name: string): unknown {
    if (Object.hasOwn(this.#body, name)) return this.#body[name];
    return queryValue(this.#query, name);
  }

  list(name: string): unknown {
    if (Object.hasOwn(this.#body, name)) return this.#body[name];
    const values = queryValues(this.#query, name);
    return values.length > 0 ? values : undefined;
  }
}
