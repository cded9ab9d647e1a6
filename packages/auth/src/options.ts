import type { Channels } from "./channels.ts";
import { type CorsOptions, checkCors } from "./cors.ts";
import type { CsrfCheck } from "./csrf.ts";
import { checkOrigins, type Origins } from "./origin.ts";
import { urlOf } from "./request-url.ts";

/** A value, or how to get it for one request: where secrets are known only then, as on Workers. */
export type Setting<Value, Context> = Value | ((context: Context) => Value | Promise<Value>);

/** The rules as the handler needs them, whichever parameter types they know. */
export type Rules<User> = Pick<Channels<User, never>, "rules" | "decide" | "decideUser" | "explain">;

export interface JsonpOptions {
  /** Pages whose scripts get an answer, by `Origin` or else `Referer`. */
  readonly origins?: Origins;
  /** Checks a token that the page adds to the query. Cookies alone prove nothing here: every page's scripts send them. */
  readonly token?: (request: Request, parameters: URLSearchParams) => boolean | Promise<boolean>;
}

/**
 * @typeParam User whatever the app knows about who is asking.
 * @typeParam Context what the framework's adapter hands on: its own request.
 */
export interface AuthHandlerOptions<User, Context> {
  readonly key: Setting<string, Context>;
  /** Of several, the first signs. */
  readonly secret: Setting<string | readonly string[], Context>;
  /** Base64 of 32 bytes; encrypted channels need it. */
  readonly encryptionMasterKeyBase64?: Setting<string, Context>;
  readonly channels: Rules<User>;
  /**
   * Who is asking, from the session or a token; nothing when nobody is signed in. Asked once for a request. The body has
   * been read already: what it had besides the socket id and the channels is in `parameters`.
   */
  readonly user: (
    request: Request,
    context: Context,
    parameters: URLSearchParams,
  ) => User | null | undefined | Promise<User | null | undefined>;
  /** Which requests are for users and not for channels: by default those for a path that ends in `/user-auth`. */
  readonly isUserRequest?: (request: Request) => boolean;
  /** Off by default. */
  readonly cors?: CorsOptions;
  /** Checked for every POST, before anybody is looked up. */
  readonly csrf?: CsrfCheck;
  /** Answers GET requests of pusher-js's `jsonp` transport. Off by default: other sites can send these, too. */
  readonly jsonp?: JsonpOptions;
  /** 64 KiB by default. */
  readonly maxBodyBytes?: number;
  /** For one request. 100 by default. */
  readonly maxChannels?: number;
  /** Hears what the rules, `user` or the other functions throw; the client only learns of a status 500. */
  readonly onError?: (error: unknown, request: Request) => void;
  /** Warn about rules and explain refusals. By default where NODE_ENV is `development`. */
  readonly development?: boolean;
  /** Where warnings and explanations go. */
  readonly onWarning?: (message: string) => void;
}

/** Options with nothing left open. */
export type ResolvedOptions<User, Context> = AuthHandlerOptions<User, Context> &
  Required<
    Pick<
      AuthHandlerOptions<User, Context>,
      "isUserRequest" | "maxBodyBytes" | "maxChannels" | "onError" | "development" | "onWarning"
    >
  >;

/** @throws TypeError for options that can only be a slip. */
export function resolveOptions<User, Context>(
  options: AuthHandlerOptions<User, Context>,
): ResolvedOptions<User, Context> {
  const { cors, jsonp, channels } = options;
  if (cors !== undefined) checkCors(cors);
  if (jsonp !== undefined) {
    if (jsonp.origins === undefined && jsonp.token === undefined) {
      throw new TypeError(
        "jsonp: give origins or a token; otherwise any site could ask in the name of your users",
      );
    }
    checkOrigins(jsonp.origins ?? [], "jsonp.origins");
  }
  const encrypted = channels.rules.find(({ pattern }) => pattern.traits.isEncrypted);
  if (encrypted !== undefined && options.encryptionMasterKeyBase64 === undefined) {
    throw new TypeError(`encryptionMasterKeyBase64: the rule ${encrypted.pattern.text} needs it`);
  }
  return {
    isUserRequest: endsInUserAuth,
    maxBodyBytes: 65_536,
    maxChannels: 100,
    onError: reportError,
    development: isDevelopment(),
    onWarning: reportWarning,
    ...options,
  };
}

function endsInUserAuth(request: Request): boolean {
  return /\/user-auth\/?$/.test(urlOf(request).pathname);
}

function isDevelopment(): boolean {
  // Not every runtime has a process, and bundlers replace the expression as a whole.
  return typeof process !== "undefined" && process.env?.NODE_ENV === "development";
}

function reportError(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: an error that nobody listens for must not get lost.
  console.error(error);
}

function reportWarning(message: string): void {
  // biome-ignore lint/suspicious/noConsole: it is for the developer in front of the terminal.
  console.warn(message);
}
