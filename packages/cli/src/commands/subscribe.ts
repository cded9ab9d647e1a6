import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { CliError, usageError } from "../cli-error.ts";
import { closedByServer } from "../close-code.ts";
import { unreachable } from "../http-api.ts";
import { note, print, printable } from "../print.ts";
import { withProgress } from "../progress.ts";
import { type ChannelEvent, openSession, type SessionEvent, type SessionUser } from "../session.ts";
import { addTargetOptions, resolveTarget, type Target, type TargetFlags } from "../target.ts";
import { collect } from "./collect.ts";
import { wholeNumber } from "./whole-number.ts";

interface SubscribeFlags extends TargetFlags {
  readonly channel: readonly string[];
  readonly userId: string;
  readonly userInfo?: string;
  readonly count?: number;
  readonly timeout?: number;
  readonly all?: boolean;
  readonly json?: boolean;
}

const CONNECT_TIMEOUT_SECONDS = 30;

export function addSubscribe(program: Command, cli: Cli): void {
  const command = program
    .command("subscribe")
    .description("print the events of channels as they come, until Ctrl-C")
    .requiredOption("--channel <name>", "channel to subscribe to; may be given several times", collect)
    .option("--user-id <id>", "who to be on presence channels", "usher-cli")
    .option("--user-info <json>", "what others on presence channels see of that user")
    .option("--count <n>", "end after this many events", wholeNumber)
    .option(
      "--timeout <seconds>",
      "end after this time; a fault when --count is not reached by then",
      wholeNumber,
    );
  command.option("--all", "print events of the protocol too, such as pusher:member_added, and count them");
  addTargetOptions(command)
    .option("--json", "print one JSON object for each event")
    .addHelpText("after", "\nExample:\n  usher subscribe --channel presence-room --user-id 10 --count 1")
    .action(async (flags: SubscribeFlags) => {
      const user = { userId: flags.userId, userInfo: parseUserInfo(flags.userInfo) };
      await printEvents(cli, await resolveTarget(cli, flags), user, flags);
    });
}

/** Resolves when there is nothing more to print; rejects when the connection or a subscription is refused or lost. */
async function printEvents(
  cli: Cli,
  target: Target,
  user: SessionUser,
  flags: SubscribeFlags,
): Promise<void> {
  const { count, timeout, channel: channels } = flags;
  // Whatever settles it first is how the command ends, so the close that follows changes nothing any more.
  const ended = Promise.withResolvers<void>();
  const subscribed = Promise.withResolvers<void>();
  let received = 0;
  let isConnected = false;

  const onEvent = (event: SessionEvent): void => {
    switch (event.kind) {
      case "connected":
        isConnected = true;
        break;
      case "subscribed":
        subscribed.resolve();
        note(cli, `subscribed to ${event.channel}`);
        break;
      case "event":
        if (received === count) return;
        if (!flags.all && isProtocolEvent(event.event)) {
          note(cli, eventLine(event.event));
          return;
        }
        print(cli, flags, eventLine(event.event), eventJson(event.event));
        received++;
        if (received === count) ended.resolve();
        break;
      case "error":
        note(cli, printable(event.message));
        break;
      case "subscriptionRefused":
        ended.reject(subscriptionRefused(event.message));
        break;
      case "closed":
        ended.reject(wasNeverThere(event, isConnected) ? unreachable(target.url) : closedByServer(event));
        break;
    }
  };

  const close = openSession(target, channels, user, onEvent);
  const stopConnectTimer = after(CONNECT_TIMEOUT_SECONDS, () => {
    if (!isConnected) ended.reject(unreachable(target.url, new Error("no answer")));
  });
  const stopTimer = after(timeout, () => {
    if (count === undefined) ended.resolve();
    else ended.reject(tooFewEvents(received, count));
  });
  const sign = withProgress(cli, `subscribing at ${target.url}`, subscribed.promise);
  try {
    await Promise.race([ended.promise, cli.interrupted()]);
  } finally {
    stopConnectTimer();
    stopTimer();
    close();
    subscribed.resolve();
    await sign;
  }
}

/** A server that refuses the connection says so with a code of its own. */
function wasNeverThere({ code }: { readonly code: number }, isConnected: boolean): boolean {
  return !isConnected && code < 4000;
}

/** Members coming and going, counts, cache misses: what the protocol says about a channel rather than on it. */
function isProtocolEvent({ event }: ChannelEvent): boolean {
  return event.startsWith("pusher:");
}

function eventLine({ event, channel, data, userId }: ChannelEvent): string {
  const from = userId === undefined ? [] : [`from ${userId}`];
  return [now(), channel, event, ...from, data].map(printable).join(" ");
}

function eventJson({ event, channel, data, userId }: ChannelEvent): unknown {
  return { time: now(), channel, event, data, ...(userId !== undefined && { user_id: userId }) };
}

function now(): string {
  return new Date().toISOString();
}

function subscriptionRefused(message: string): CliError {
  const hint = "Check the credentials, and the channel's name.";
  return new CliError("refused", "subscription_refused", `the subscription was refused: ${message}`, hint);
}

function tooFewEvents(received: number, count: number): CliError {
  const hint = "Give more time with --timeout, or expect fewer events with --count.";
  return new CliError("refused", "too_few_events", `${received} of ${count} events came in time`, hint);
}

function parseUserInfo(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw usageError("--user-info is not JSON", 'Give a JSON value such as \'{"name":"Jo"}\'.');
  }
}

/** @returns a function that calls it off. Never happens when there are no seconds. */
function after(seconds: number | undefined, run: () => void): () => void {
  if (seconds === undefined) return () => {};
  const timer = setTimeout(run, seconds * 1_000);
  return () => clearTimeout(timer);
}
