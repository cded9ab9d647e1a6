import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestServer } from "./server.ts";

export interface AdminAnswer {
  readonly status: number;
  /** The JSON; undefined for an answer without a body. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects, field by field.
  readonly body: any;
  readonly text: string;
}

/** Asks a server's admin API as the command line on its own machine does, with the token in the data folder. */
export class Admin {
  readonly #server: () => Pick<TestServer, "dataDir">;
  /** The text of every answer, in order. */
  readonly answers: string[] = [];

  /** @param server as it is at the time of each request: another one may be started meanwhile. */
  constructor(server: () => Pick<TestServer, "dataDir">) {
    this.#server = server;
  }

  async ask(method: string, path: string, body?: unknown): Promise<AdminAnswer> {
    const local = JSON.parse(readFileSync(join(this.#server().dataDir, "local.json"), "utf8")) as {
      readonly url: string;
      readonly token: string;
    };
    const response = await fetch(`${local.url}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${local.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    this.answers.push(text);
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text), text };
  }

  /** The JSON of the answer, which must be a success. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  async done(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.ask(method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  }
}
