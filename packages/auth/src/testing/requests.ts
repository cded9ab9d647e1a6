import { type AuthHandler, type AuthHandlerOptions, createAuthHandler } from "../index.ts";
import { exampleOptions, type User, userOf } from "./example.ts";

export const URL_OF_CHANNELS = "https://api.example.com/pusher/auth";
export const URL_OF_USERS = "https://api.example.com/pusher/user-auth";

export type Options = Partial<AuthHandlerOptions<User, unknown>>;

export function endpoint(options: Options = {}): AuthHandler {
  return createAuthHandler<User>({
    ...exampleOptions,
    user: (request) => userOf(request.headers.get("x-user")),
    ...options,
  });
}

export interface Sent {
  readonly user?: string | null;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly url?: string;
}

/** What pusher-js sends, unless said otherwise. */
export function post(
  body: BodyInit,
  { user = "10", headers = {}, method = "POST", url = URL_OF_CHANNELS }: Sent = {},
) {
  return new Request(url, {
    method,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...(user === null ? {} : { "x-user": user }),
      ...headers,
    },
    body,
  });
}

export function json(body: unknown, sent: Sent = {}) {
  return post(JSON.stringify(body), {
    ...sent,
    headers: { "content-type": "application/json", ...sent.headers },
  });
}

export function get(query: string, headers: Record<string, string> = {}) {
  return new Request(`${URL_OF_CHANNELS}?${query}`, { headers: { "x-user": "10", ...headers } });
}

/** The signature of `private-foobar` for the socket `1234.1234`, from the worked examples. */
export const AUTH = "278d425bdf160c739803:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4";
