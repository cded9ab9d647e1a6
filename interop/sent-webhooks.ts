import { Admin } from "../tests/support/admin.ts";
import type { TestServer } from "../tests/support/server.ts";
import type { AppCredentials } from "../tests/support/sign.ts";
import { TestSocket } from "../tests/support/socket.ts";
import { eventually } from "../tests/support/time-limit.ts";
import { type ReceivedWebhook, WebhookReceiver } from "../tests/support/webhook-receiver.ts";

/** Webhooks that the server has sent for an app, with the signatures that it gave them. */
export interface SentWebhooks {
  /** With at least one event of each kind. */
  readonly ofEachKind: SentWebhook;
  /** About an encrypted channel. */
  readonly encrypted: SentWebhook;
}

export interface SentWebhook {
  readonly body: string;
  readonly signature: string;
}

export const KINDS = [
  "cache_miss",
  "channel_occupied",
  "channel_vacated",
  "client_event",
  "member_added",
  "member_removed",
  "subscription_count",
] as const;

/** Lets one of each kind of event happen, and has the server send them: each for itself first, and then all in one request. */
export async function sendWebhooks(server: TestServer, app: AppCredentials): Promise<SentWebhooks> {
  const receiver = new WebhookReceiver();
  const admin = new Admin(() => server);
  const webhooks = `/apps/${app.id}/webhooks`;
  const { id } = await admin.done("POST", webhooks, {
    url: receiver.url,
    channel_suffix: "-hook",
    batching: true,
  });
  const secret = await admin.done("POST", webhooks, {
    url: receiver.url,
    channel_prefix: "private-encrypted-",
  });
  try {
    await letThingsHappen(server, app);
    await receiver.until(() => KINDS.every((kind) => receiver.events.some(({ name }) => name === kind)));
    await eventually(
      () => admin.done("GET", `${webhooks}/${id}/deliveries?state=owed`),
      ({ items }) => items.length === 0,
    );
    await admin.done("POST", `${webhooks}/${id}/replay`, { from: new Date(0).toISOString() });
    const hasAll = ({ events }: ReceivedWebhook) =>
      KINDS.every((kind) => events.some(({ name }) => name === kind));
    await receiver.until(() => receiver.received.some(hasAll));
    const isEncrypted = ({ events }: ReceivedWebhook) => events[0]?.channel.startsWith("private-encrypted-");
    await receiver.until(() => receiver.received.some(isEncrypted));
    return { ofEachKind: sent(receiver, hasAll), encrypted: sent(receiver, isEncrypted) };
  } finally {
    for (const endpoint of [id, secret.id]) await admin.done("DELETE", `${webhooks}/${endpoint}`);
    await receiver.stop();
  }
}

async function letThingsHappen({ host, port }: TestServer, app: AppCredentials): Promise<void> {
  const socket = new TestSocket(`ws://${host}:${port}/app/${app.key}?protocol=7&client=interop`, app);
  await socket.established();
  await socket.join("presence-hook", { user_id: "alice" });
  socket.send({ event: "client-typing", channel: "presence-hook", data: { on: true } });
  for (const channel of ["private-encrypted-x", "cache-hook", "news-hook"]) {
    await socket.join(channel);
    await socket.framesBeforePong(); // Past the count that follows.
  }
  await socket.close();
}

function sent(
  receiver: WebhookReceiver,
  fits: (webhook: ReceivedWebhook) => boolean | undefined,
): SentWebhook {
  const webhook = receiver.received.find(fits);
  if (!webhook) throw new Error("it came a moment ago");
  return { body: webhook.body, signature: webhook.headers.get("x-pusher-signature") ?? "" };
}
