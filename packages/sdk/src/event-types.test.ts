import { expect, test } from "bun:test";
import { Usher } from "./usher.ts";

interface Events {
  "private-order-*": {
    readonly shipped: { readonly at: string };
    readonly cancelled: { readonly why: string };
  };
  news: { readonly headline: string };
  "#server-to-user-*": { readonly notice: { readonly text: string } };
}

const APP = { appId: "3", key: "key", secret: "secret", host: "127.0.0.1" } as const;

/** Answers at once, so that only what the types say is looked at. */
const fetch = async (): Promise<Response> => Response.json({});

test("described events are checked: channel, event and data must belong together", async () => {
  const usher = new Usher<Events>({ ...APP, fetch });
  const id: number = 7;
  await usher.trigger("private-order-7", "shipped", { at: "noon" });
  await usher.trigger(`private-order-${id}`, "cancelled", { why: "sold out" }, { socket_id: "1.1" });
  await usher.trigger(["private-order-7", "private-order-8"], "shipped", { at: "noon" }, "1.1");
  await usher.trigger("news", "headline", "Usher is out");
  await usher.sendToUser("7", "notice", { text: "Hello" });
  await usher.triggerBatch([
    { channel: "private-order-7", name: "shipped", data: { at: "noon" } },
    { channel: "news", name: "headline", data: "Usher is out", info: "subscription_count" },
  ]);

  // @ts-expect-error there is no such channel
  await usher.trigger("private-orders", "shipped", { at: "noon" });
  // @ts-expect-error there is no such event on this channel
  await usher.trigger("private-order-7", "headline", "text");
  // @ts-expect-error this event has other data
  await usher.trigger("private-order-7", "shipped", { why: "sold out" });
  // @ts-expect-error users are written to by sendToUser
  await usher.trigger("#server-to-user-7", "notice", { text: "Hello" }).catch(() => {});
  // @ts-expect-error there is no such event for users
  await usher.sendToUser("7", "shipped", { at: "noon" });
  // @ts-expect-error the data of another event
  await usher.triggerBatch([{ channel: "news", name: "headline", data: { at: "noon" } }]);
  expect(usher).toBeInstanceOf(Usher);
});

test("without a description anything goes", async () => {
  const usher = new Usher({ ...APP, fetch });
  const channels: readonly string[] = ["a", "b"];
  await usher.trigger("anything", "at-all", { with: ["any", 1, null] });
  await usher.trigger(channels, "e", 5, { info: "user_count", custom: true });
  await usher.sendToUser("7", "e", "text");
  await usher.triggerBatch([{ channel: "c", name: "e", data: null }]);
  expect(usher).toBeInstanceOf(Usher);
});

test("users' events are free unless they are described", async () => {
  const usher = new Usher<Pick<Events, "news">>({ ...APP, fetch });
  await usher.sendToUser("7", "anything", { at: "all" });
  expect(usher).toBeInstanceOf(Usher);
});
