import { channelTraits } from "@usher/protocol";
import { type CheckedRequest, checkEndpoint } from "@usher/server/light";
import { type Command, InvalidArgumentError } from "commander";
import { TRIAL_LIMITS } from "../auth/explain-options.ts";
import {
  addSecretOptions,
  type KnownSecrets,
  knownSecrets,
  type SecretFlags,
} from "../auth/known-secrets.ts";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { print, printable } from "../print.ts";
import { withProgress } from "../progress.ts";
import { collect } from "./collect.ts";

interface CheckFlags extends SecretFlags {
  readonly channel: readonly string[];
  readonly denied?: readonly string[];
  readonly userAuth?: string;
  readonly header?: readonly string[];
  readonly wrongHeader?: readonly string[];
  readonly param?: readonly string[];
  readonly origin?: string;
  readonly jsonp?: boolean;
  readonly batch?: boolean;
  readonly timeout: number;
  readonly json?: boolean;
}

/** @param end called with the exit code when something is wrong, which is a result here rather than a failure. */
export function addAuthCheck(auth: Command, cli: Cli, end: (exitCode: number) => void): void {
  const command = auth
    .command("check <url>")
    .description(
      "play pusher-js against a live authorization endpoint and say what is wrong with its answers",
    )
    .requiredOption("--channel <name>", "channel that the user may join; may be given several times", collect)
    .option("--denied <name>", "channel that the user must not join; may be given several times", collect)
    .option("--user-auth <url>", "address of the endpoint for sign-ins")
    .option(
      "--header <line>",
      "header that the page sends, such as 'X-CSRF-Token: abc'; several times",
      collect,
    )
    .option("--wrong-header <line>", "in its place, for a user who may join none of the channels", collect)
    .option("--param <k=v>", "parameter that the page sends; several times", collect)
    .option("--origin <origin>", "where the page is from, such as https://app.example.com, for CORS")
    .option("--batch", "ask for all channels at once, too")
    .option("--jsonp", "ask as the jsonp transport does, too")
    .option("--timeout <seconds>", "how long to wait for each answer", seconds, 10);
  addSecretOptions(command)
    .option("--json", "print a JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  usher auth check http://localhost:3000/pusher/auth --channel private-user-10 --denied private-user-11 \\\n    --header 'Authorization: Bearer TOKEN' --origin http://localhost:5173 --app 123456",
    )
    .action(async (url: string, flags: CheckFlags) => {
      const isSecretKnown = flags.app ?? flags.secret ?? cli.env.USHER_APP_SECRET;
      const { signing, secrets } = isSecretKnown === undefined ? NO_SECRETS : await knownSecrets(cli, flags);
      const checks = checkEndpoint({
        url: endpointUrl(url),
        userAuthUrl: flags.userAuth === undefined ? undefined : endpointUrl(flags.userAuth),
        channels: flags.channel.map(protectedChannel),
        denied: (flags.denied ?? []).map(protectedChannel),
        headers: (flags.header ?? []).map(header),
        wrongHeaders: (flags.wrongHeader ?? []).map(header),
        params: (flags.param ?? []).map(param),
        origin: flags.origin === undefined ? undefined : pageOrigin(flags.origin),
        jsonp: flags.jsonp === true,
        batch: flags.batch === true,
        appId: signing?.appId || undefined,
        secrets,
        limits: TRIAL_LIMITS,
        timeoutMs: flags.timeout * 1_000,
      });
      const checked = await withProgress(cli, `asking ${url}`, checks);
      const isFine = checked.every(({ problems }) => problems.every(({ level }) => level === "warns"));
      const text = [...checked.map(asText), ...summary(checked, secrets.length > 0)].join("\n");
      print(cli, flags, text, { ok: isFine, signatures_verified: secrets.length > 0, requests: checked });
      if (!isFine) end(EXIT_CODES.refused.code);
    });
}

const NO_SECRETS: KnownSecrets = { secrets: [], signing: undefined };

function asText({ name, method, status, client, problems }: CheckedRequest): string {
  const level = problems.some((found) => found.level === "fails")
    ? "FAIL"
    : problems.length > 0
      ? "warn"
      : "ok";
  return [
    `${level.padEnd(4)}  ${name}  ${method} ${status ?? "no answer"}`,
    ...(problems.length > 0 ? [`      pusher-js ${client}`] : []),
    ...problems.flatMap(({ code, message, fix }) => [
      `      ${code}: ${printable(message)}.`,
      `        Fix: ${printable(fix)}`,
    ]),
  ].join("\n");
}

function summary(checked: readonly CheckedRequest[], isVerified: boolean): readonly string[] {
  const problems = checked.flatMap((each) => each.problems);
  const fails = problems.filter(({ level }) => level === "fails").length;
  const unverified = "signatures were not verified: give --app, or --key and --secret";
  return [
    `${checked.length} requests: ${fails} faults, ${problems.length - fails} warnings`,
    ...(isVerified ? [] : [unverified]),
  ];
}

function endpointUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isEndpoint =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === "";
  if (isEndpoint) return url.href;
  throw usageError(
    `${text} is not the address of an endpoint`,
    "Give an http or https address without a query, such as http://localhost:3000/pusher/auth; parameters go into --param.",
  );
}

function pageOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, "")) return new URL(text).origin;
  throw usageError(`${text} is not an origin`, "Give scheme, host and port alone: https://app.example.com.");
}

function protectedChannel(name: string): string {
  const { access } = channelTraits(name);
  if (access === "private" || access === "presence") return name;
  throw usageError(
    `${name} is a public channel, which no client asks an endpoint about`,
    "Private channels begin with private-, presence channels with presence-.",
  );
}

function header(line: string): readonly [name: string, value: string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n\0]*)$/.exec(line) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw usageError(`"${printable(line)}" is not a header`, "Write it as 'Name: value'.");
}

function param(text: string): readonly [name: string, value: string] {
  const end = text.indexOf("=");
  if (end > 0) return [text.slice(0, end), text.slice(end + 1)];
  throw usageError(`"${printable(text)}" is not a parameter`, "Write it as name=value.");
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 600) return value;
  throw new InvalidArgumentError("Give seconds, at most 600.");
}
