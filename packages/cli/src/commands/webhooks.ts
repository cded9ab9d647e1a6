import type { DeliveryAnswer, WebhookAnswer, WebhookTestAnswer } from "@usher/server/admin-types";
import { type Command, InvalidArgumentError, Option } from "commander";
import { chooseAppId } from "../admin/choose.ts";
import { requireYes } from "../admin/confirm.ts";
import { withAdmin } from "../admin/open-admin.ts";
import {
  type AppFlags,
  addAdminOptions,
  addAppOption,
  addYesOption,
  type ConfirmFlags,
} from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { printTime } from "../duration.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { print, printable, table } from "../print.ts";
import { collect } from "./collect.ts";
import { wholeNumber } from "./whole-number.ts";

export function addWebhooksList(webhooks: Command, cli: Cli): void {
  const command = addAppOption(webhooks.command("list").description("list where an app's webhooks go"));
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher webhooks list --app 123456")
    .action(async (flags: AppFlags) => {
      const answer = await withAdmin(cli, flags, {}, async (admin) =>
        admin.webhooks(await chooseAppId(admin, flags)),
      );
      const rows = answer.items.map((webhook) => webhookCells(webhook, Date.now()));
      print(cli, flags, table([["ID", "URL", "STATE", "CHANNELS", "EVENTS"], ...rows]), answer);
    });
}

interface AddFlags extends AppFlags {
  readonly event?: readonly string[];
  readonly channelPrefix?: string;
  readonly channelSuffix?: string;
  readonly header?: readonly string[];
  readonly batching?: boolean;
}

export function addWebhooksAdd(webhooks: Command, cli: Cli): void {
  const command = addAppOption(
    webhooks.command("add <url>").description("send an app's webhooks to an address"),
  )
    .option(
      "--event <type>",
      "only this kind of event, such as channel_occupied; may be given several times",
      collect,
    )
    .option("--channel-prefix <text>", "only channels whose name begins so")
    .option("--channel-suffix <text>", "only channels whose name ends so")
    .option(
      "--header <line>",
      "header to send along, such as 'X-Environment: staging'; may be given several times",
      collect,
    )
    .option("--batching", "several events in one request");
  addAdminOptions(command, "print what the API answers")
    .addHelpText(
      "after",
      "\nExample:\n  usher webhooks add https://example.com/webhooks --event channel_occupied",
    )
    .action(async (url: string, flags: AddFlags) => {
      const body = {
        url,
        event_types: flags.event,
        channel_prefix: flags.channelPrefix,
        channel_suffix: flags.channelSuffix,
        headers: flags.header && headersOf(flags.header),
        batching: flags.batching,
      };
      const answer = await withAdmin(cli, flags, {}, async (admin) =>
        admin.addWebhook(await chooseAppId(admin, flags), body),
      );
      print(cli, flags, `added ${answer.id}; \`usher webhooks test ${answer.id}\` sends it an event`, answer);
    });
}

export function addWebhooksRemove(webhooks: Command, cli: Cli): void {
  const command = addAppOption(
    webhooks.command("remove <id>").description("send no more webhooks there, nor what is owed already"),
  );
  addAdminOptions(addYesOption(command), "print a JSON object")
    .addHelpText("after", "\nExample:\n  usher webhooks remove wh_5f3a9c02b7d1 --yes")
    .action(async (id: string, flags: AppFlags & ConfirmFlags) => {
      await withAdmin(cli, flags, {}, async (admin) => {
        const appId = await chooseAppId(admin, flags);
        await requireYes(cli, flags, `Remove the webhook ${id} with what is owed to it?`);
        await admin.removeWebhook(appId, id);
      });
      print(cli, flags, `removed ${id}`, { id, removed: true });
    });
}

/** @param end called with the exit code when the endpoint did not take the event, which is a result here. */
export function addWebhooksTest(webhooks: Command, cli: Cli, end: (exitCode: number) => void): void {
  const command = addAppOption(
    webhooks
      .command("test <id>")
      .description("send an event to an endpoint, now and once, and show what comes back"),
  ).option("--event <type>", "what the event is to be", "channel_occupied");
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher webhooks test wh_5f3a9c02b7d1")
    .action(async (id: string, flags: AppFlags & { readonly event: string }) => {
      const answer = await withAdmin(cli, flags, {}, async (admin) =>
        admin.testWebhook(await chooseAppId(admin, flags), id, { event_type: flags.event }),
      );
      print(cli, flags, testText(answer), answer);
      if (answer.error !== null) end(EXIT_CODES.refused.code);
    });
}

interface DeliveriesFlags extends AppFlags {
  readonly state?: string;
  readonly channel?: string;
  readonly limit: number;
}

export function addWebhooksDeliveries(webhooks: Command, cli: Cli): void {
  const command = addAppOption(
    webhooks
      .command("deliveries <id>")
      .description("list what was sent to an endpoint and what is owed, the newest first"),
  )
    .addOption(new Option("--state <state>", "only those").choices(["owed", "delivered", "dead", "replayed"]))
    .option("--channel <name>", "only events of this channel")
    .option("--limit <n>", "most deliveries to list", wholeNumber, 50);
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher webhooks deliveries wh_5f3a9c02b7d1 --state dead")
    .action(async (id: string, flags: DeliveriesFlags) => {
      const query = { state: flags.state, channel: flags.channel };
      const answer = await withAdmin(cli, flags, {}, async (admin) =>
        admin.deliveries(await chooseAppId(admin, flags), id, query, flags.limit),
      );
      const rows = answer.items.map((delivery) => deliveryCells(delivery, Date.now()));
      print(
        cli,
        flags,
        table([["ID", "STATE", "EVENT", "CHANNEL", "MADE", "SENT", "NEXT TRY"], ...rows]),
        answer,
      );
    });
}

interface ReplayFlags extends AppFlags {
  readonly delivery?: string;
  readonly dead?: boolean;
  readonly from?: string;
  readonly to?: string;
}

export function addWebhooksReplay(webhooks: Command, cli: Cli): void {
  const command = addAppOption(
    webhooks.command("replay <id>").description("send deliveries of an endpoint again"),
  )
    .option("--delivery <id>", "this one")
    .option("--dead", "those that were given up")
    .option("--from <time>", "those made at this time or later, such as 2026-05-04T12:00:00Z", time)
    .option("--to <time>", "those made at this time or earlier", time);
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher webhooks replay wh_5f3a9c02b7d1 --dead")
    .action(async (id: string, flags: ReplayFlags) => {
      const { delivery, dead, from, to } = flags;
      const isMany = dead || from !== undefined || to !== undefined;
      if ((delivery === undefined) === !isMany) {
        throw usageError("it is not said which deliveries", "Give --delivery, or --dead, --from and --to.");
      }
      await withAdmin(cli, flags, {}, async (admin) => {
        const appId = await chooseAppId(admin, flags);
        if (delivery !== undefined) {
          const answer = await admin.replayDelivery(appId, id, delivery);
          return print(cli, flags, `owed anew as ${answer.id}`, answer);
        }
        const answer = await admin.replay(appId, id, { dead, from, to });
        print(cli, flags, `${answer.replayed} owed anew`, answer);
      });
    });
}

function webhookCells(webhook: WebhookAnswer, nowMs: number): string[] {
  const { id, url, channel_prefix: prefix, channel_suffix: suffix, event_types: types } = webhook;
  const channels = prefix === "" && suffix === "" ? "all" : `${prefix}*${suffix}`;
  return [id, url, stateOf(webhook, nowMs), channels, types?.join(" ") ?? "all"].map(printable);
}

function stateOf(
  { enabled, disabled_reason: reason, failing_since: since }: WebhookAnswer,
  nowMs: number,
): string {
  if (!enabled) return reason === null ? "disabled" : `disabled: ${reason}`;
  return since === null ? "enabled" : `failing since ${printTime(since, nowMs)}`;
}

function deliveryCells(delivery: DeliveryAnswer, nowMs: number): string[] {
  const { id, state, event, created_at: createdAt, attempts, next_try_at: nextTryAt } = delivery;
  const next = nextTryAt === null ? "-" : printTime(nextTryAt, nowMs);
  const name = String(event.name ?? "-");
  const channel = String(event.channel ?? "-");
  return [id, state, name, channel, printTime(createdAt, nowMs), String(attempts), next].map(printable);
}

function testText({ status, error, response, duration_ms: durationMs }: WebhookTestAnswer): string {
  const what = error === null ? "taken" : `not taken (${error})`;
  const answered = status === null ? "no answer" : `status ${status}`;
  return `${what}: ${answered} after ${durationMs} ms${response ? `\n${printable(response)}` : ""}`;
}

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) return [name, value];
      throw usageError(`${line} is not a header`, "Give one such as --header 'X-Environment: staging'.");
    }),
  );
}

function time(text: string): string {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new InvalidArgumentError("Give a time such as 2026-05-04T12:00:00Z.");
}
