import { expect } from "bun:test";
import type { AppCredentials } from "../tests/support/sign.ts";
import type { Audience } from "./audience.ts";
import { KINDS } from "./sent-webhooks.ts";
import type { Step } from "./steps.ts";

/** One program's run: what it said, and who heard it. */
export interface Scene {
  readonly app: AppCredentials;
  readonly audience: Audience;
  /** The detail of the step, as the program printed it. */
  detail(step: Step): string;
}

/**
 * What has to be true of each step that a program passed, besides that the SDK was content. `null` where that is all
 * there is to see from outside.
 */
export const CHECKS: Readonly<Record<Step, ((scene: Scene) => Promise<unknown> | unknown) | null>> = {
  channels_empty: ({ detail }) => expect(JSON.parse(detail("channels_empty"))).toEqual({ channels: {} }),
  channels: ({ detail }) =>
    expect(JSON.parse(detail("channels"))).toEqual({ channels: { "presence-room": { user_count: 2 } } }),
  channel: ({ detail }) =>
    expect(JSON.parse(detail("channel"))).toMatchObject({ occupied: true, subscription_count: 2 }),
  channel_unoccupied: ({ detail }) =>
    expect(JSON.parse(detail("channel_unoccupied"))).toMatchObject({ occupied: false }),
  users: ({ detail }) => {
    const { users } = JSON.parse(detail("users"));
    expect(users).toHaveLength(2);
    expect(users).toEqual(expect.arrayContaining([{ id: "alice" }, { id: "bob" }]));
  },

  client_from_url: ({ audience }) => hears(audience, "from-url", ["news", { n: 0 }]),
  trigger_one: ({ audience }) => hears(audience, "one", ["news", { text: "żółć 🚀" }]),
  trigger_many: ({ audience }) => hears(audience, "many", ["news", { n: 2 }], ["sport", { n: 2 }]),
  trigger_exclude: async ({ audience }) => {
    await hears(audience, "exclude", ["news", { n: 3 }]);
    expect(await audience.heardByBob("exclude")).toEqual([]);
    expect(await audience.heardByBob("one")).toHaveLength(1);
  },
  trigger_info: async ({ audience, detail }) => {
    await hears(audience, "info", ["news", { n: 4 }], ["presence-room", { n: 4 }]);
    expect(JSON.parse(detail("trigger_info"))).toEqual({
      channels: { news: { subscription_count: 2 }, "presence-room": { user_count: 2 } },
    });
  },
  batch: async ({ audience }) => {
    await hears(audience, "batch-first", ["news", { n: 5 }]);
    await hears(audience, "batch-second", ["sport", { n: 6 }]);
  },
  batch_info: async ({ audience, detail }) => {
    await hears(audience, "batch-info", ["news", { n: 7 }], ["presence-room", { n: 8 }]);
    const batch = [{ subscription_count: 2 }, { user_count: 2 }];
    expect(JSON.parse(detail("batch_info"))).toEqual({ batch });
  },
  trigger_encrypted: async ({ audience }) =>
    expect(await audience.heardInVault()).toEqual([["secret", { text: "between us" }]]),

  send_to_user: async ({ audience }) =>
    expect(await audience.heardByCarol("note")).toEqual({ channel: "#server-to-user-carol", data: { n: 9 } }),
  terminate: async ({ audience }) => expect((await audience.carolEnded()).code).toBe(4009),

  authorize_private: ({ audience, detail }) =>
    joins(audience, "private-account", detail("authorize_private"), {}),
  authorize_presence: ({ audience, detail }) => {
    const hash = { dora: { name: "Dora Ünal" } };
    const presence = { presence: { count: 1, ids: ["dora"], hash } };
    return joins(audience, "presence-lounge", detail("authorize_presence"), presence);
  },
  authorize_encrypted: async ({ audience, detail }) => {
    const channel = "private-encrypted-vault";
    await joins(audience, channel, detail("authorize_encrypted"), {});
    const { shared_secret } = JSON.parse(detail("authorize_encrypted"));
    const data = { text: "between us" };
    expect(await audience.decrypt(channel, shared_secret, data)).toEqual(data);
  },
  authenticate_user: async ({ audience, detail }) => {
    const { user_data } = JSON.parse(detail("authenticate_user"));
    const answer = await audience.signIn(JSON.parse(detail("authenticate_user")));
    expect(JSON.parse(user_data)).toEqual({ id: "erin", user_info: { name: "Erin" } });
    expect(answer).toEqual({ user_data });
  },

  wrong_secret: async ({ app, audience, detail }) => {
    expect(detail("wrong_secret")).toContain("Invalid signature");
    expect(detail("wrong_secret")).not.toContain(app.secret);
    await hears(audience, "never");
  },
  too_large: async ({ audience, detail }) => {
    expect(detail("too_large")).toContain("10240");
    await hears(audience, "never");
  },

  webhook: ({ detail }) => {
    // Java gives a verdict, and leaves reading to the app.
    if (detail("webhook") === "VALID") return;
    const events: { name: string }[] = JSON.parse(detail("webhook"));
    expect([...new Set(events.map(({ name }) => name))].sort()).toEqual([...KINDS]);
  },
  // The programs insist on the verdict themselves.
  webhook_published: null,
  webhook_encrypted: null,
  webhook_forged: null,
};

async function hears(
  audience: Audience,
  event: string,
  ...expected: (readonly [channel: string, data: unknown])[]
): Promise<void> {
  const frames = expected.map(([channel, data]) => ({ channel, data }));
  expect(await audience.heardByAlice(event)).toEqual(frames);
}

async function joins(audience: Audience, channel: string, ticket: string, data: object): Promise<void> {
  expect(await audience.subscribe(channel, JSON.parse(ticket))).toEqual({ channel, data });
}
