import { createHmac, randomBytes } from "node:crypto";
import { type Command, InvalidArgumentError } from "commander";
import { addSecretOptions, knownSecrets, requireSigning, type SecretFlags } from "../auth/known-secrets.ts";
import { createEndpoint, isLoopback, PATHS } from "../auth-server/endpoint.ts";
import { allowAll, denying, type LoadedRules, loadRules } from "../auth-server/rules.ts";
import type { Cli } from "../cli.ts";
import { CliError, usageError } from "../cli-error.ts";
import { note, print, printable } from "../print.ts";
import { collect } from "./collect.ts";

interface AuthServerFlags extends SecretFlags {
  readonly allowAll?: boolean;
  readonly deny?: readonly string[];
  readonly port: number;
  readonly host: string;
  readonly userId?: string;
  readonly masterKey?: string;
  readonly origin?: readonly string[];
  readonly jsonp?: boolean;
  readonly json?: boolean;
}

export function addAuthServer(program: Command, cli: Cli): void {
  const command = program
    .command("auth-server [rules]")
    .description("run an authorization endpoint, from a module of rules or for development")
    .option("--allow-all", "sign whatever is asked for; for development on this machine only")
    .option(
      "--deny <pattern>",
      "channels to refuse all the same, such as 'private-admin-*'; several times",
      collect,
    )
    .option("--port <n>", "port to listen on; 0 takes a free one", port, 3000)
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--user-id <id>", "who everybody is; otherwise the rules say, or each connection is a guest")
    .option("--master-key <base64>", "32 bytes in base64, for encrypted channels")
    .option("--origin <origin>", "page on another origin that may ask; several times", collect)
    .option("--jsonp", "answer the jsonp transport, for pages on the origins given");
  addSecretOptions(command)
    .option("--json", "print where it listens as a JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  usher auth-server rules.ts --user-id 10 --app 123456\n  usher auth-server --allow-all --origin http://localhost:5173",
    )
    .action(async (path: string | undefined, flags: AuthServerFlags) => {
      checkFlags(path, flags);
      const { key, value: secret } = requireSigning(await knownSecrets(cli, flags));
      const { channels, user } = await rulesOf(path, flags);
      const endpoint = createEndpoint({
        key,
        secret,
        masterKey: flags.masterKey,
        channels: denying(channels, flags.deny ?? []),
        user: user ?? (() => ({ id: flags.userId ?? "guest" })),
        origins: flags.origin ?? [],
        jsonp: flags.jsonp === true,
        isLocalOnly: flags.allowAll === true,
        onError: (error) => note(cli, printable(error instanceof Error ? error.message : String(error))),
        onWarning: (message) => note(cli, printable(message)),
      });
      await serveUntilStopped(cli, flags, key, endpoint);
    });
}

async function serveUntilStopped(
  cli: Cli,
  flags: AuthServerFlags,
  key: string,
  endpoint: (request: Request) => Promise<Response>,
): Promise<void> {
  // Before anything is said to listen: whoever reads that may send a signal right away.
  const stopped = Promise.race([cli.interrupted(), cli.terminated()]);
  const server = listen(flags, endpoint);
  const url = `http://${flags.host.includes(":") ? `[${flags.host}]` : flags.host}:${server.port}`;
  if (flags.allowAll) note(cli, ALLOW_ALL_WARNING);
  print(cli, flags, welcome(url, key), { url, key, channel_paths: PATHS.channel, user_paths: PATHS.user });
  await stopped;
  await end(server);
}

/** Lets what is being answered be answered; connections without a request are of no interest. */
async function end(server: Bun.Server<undefined>): Promise<void> {
  if (server.pendingRequests > 0) {
    const tooLong = Promise.withResolvers<void>();
    const timer = setTimeout(tooLong.resolve, LONGEST_END_MS);
    await Promise.race([server.stop(), tooLong.promise]);
    clearTimeout(timer);
  }
  await server.stop(true);
}

const LONGEST_END_MS = 2_000;

const ALLOW_ALL_WARNING =
  "WARNING: --allow-all signs every channel for everybody who can reach this port. Anybody on this machine can read and\n" +
  "usher: WARNING: join everything of this app. Never use it with an app that has real users.";

function listen(
  { host, port: wanted }: AuthServerFlags,
  fetch: (request: Request) => Promise<Response>,
): Bun.Server<undefined> {
  try {
    return Bun.serve({ hostname: host, port: wanted, maxRequestBodySize: MOST_BODY_BYTES, fetch });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(
      "unavailable",
      "port_unavailable",
      `cannot listen on ${host}:${wanted}: ${reason}`,
      "Choose another --port, or 0 for a free one.",
      error,
    );
  }
}

const MOST_BODY_BYTES = 1_048_576;

/** What people paste into their page. */
function welcome(url: string, key: string): string {
  return `Authorization endpoint on ${url}

new Pusher(${JSON.stringify(key)}, {
  // ... where your server is ...
  channelAuthorization: { endpoint: "${url}${PATHS.channel[0]}", transport: "ajax" },
  userAuthentication: { endpoint: "${url}${PATHS.user[0]}", transport: "ajax" },
});

Laravel Echo: authEndpoint: "${url}${PATHS.channel[1]}"`;
}

function checkFlags(path: string | undefined, flags: AuthServerFlags): void {
  const { masterKey, host, origin = [] } = flags;
  if ((path === undefined) === (flags.allowAll !== true)) {
    throw usageError(
      path === undefined ? "there are no rules" : "--allow-all makes rules pointless",
      "Give a module that exports `channels`, or --allow-all for development.",
    );
  }
  if (flags.allowAll && !isLoopback(host)) {
    throw usageError(
      `--allow-all listens on this machine only, not on ${host}`,
      "Leave --host out, or give rules in place of --allow-all.",
    );
  }
  if (flags.jsonp && origin.length === 0) {
    throw usageError(
      "--jsonp needs --origin",
      "Name the pages that may ask; otherwise any site could ask in the name of your users.",
    );
  }
  if (masterKey !== undefined && !/^[A-Za-z0-9+/]{43}=$/.test(masterKey)) {
    throw usageError("--master-key is not 32 bytes in base64", "`openssl rand -base64 32` makes one.");
  }
}

async function rulesOf(path: string | undefined, flags: AuthServerFlags): Promise<LoadedRules> {
  const { userId, masterKey } = flags;
  if (path === undefined) {
    const idOf = userId === undefined ? guestIds() : () => userId;
    return { channels: allowAll(idOf, { isEncrypted: masterKey !== undefined }), user: undefined };
  }
  const rules = await loadRules(path);
  if (userId !== undefined) return { ...rules, user: () => ({ id: userId }) };
  if (rules.user !== undefined) return rules;
  throw usageError(
    `${path} does not say who asks`,
    "Export a function `user` that gets the request, or give --user-id for everybody.",
  );
}

/** A random id for each connection, the same one on all its channels. */
function guestIds(): (socketId: string) => string {
  const salt = randomBytes(16);
  return (socketId) => `guest-${createHmac("sha256", salt).update(socketId).digest("hex").slice(0, 8)}`;
}

function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError("Give a port from 0 to 65535.");
}
