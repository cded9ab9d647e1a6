import { expect, test } from "bun:test";
import NodePusher from "pusher-js";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { Clients } from "../clients/clients.ts";
import { eventOf, stateOf, subscribed } from "../clients/events.ts";
import { Admin } from "../support/admin.ts";
import type { AppCredentials } from "../support/sign.ts";
import { describeServer, fresh } from "../support/target.ts";
import { eventually } from "../support/time-limit.ts";

/** An app's own server and its clients, all with one secret. */
interface Side {
  readonly app: AppCredentials;
  readonly endpoint: AuthEndpoint;
  readonly clients: Clients;
}

describeServer("a rotation through the admin API", { usher: true }, (target) => {
  function open(app: AppCredentials): Side {
    const endpoint = startAuthEndpoint(app);
    return {
      app,
      endpoint,
      clients: new Clients(
        app,
        () => target,
        () => endpoint,
      ),
    };
  }

  /** Everything that a secret signs is accepted: subscriptions, sign-ins and requests to the HTTP API. */
  async function expectAccepted({ clients }: Side): Promise<void> {
    const client = await clients.connect(NodePusher, { userId: fresh("user-") });
    const signedIn = eventOf(client, "pusher:signin_success");
    client.signin();
    await signedIn;
    const [plain, presence] = [client.subscribe(fresh("private-")), client.subscribe(fresh("presence-"))];
    await Promise.all([subscribed(plain), subscribed(presence)]);
    const event = eventOf(plain, "e");
    expect((await clients.sdk().trigger(plain.name, "e", { n: 1 })).status).toBe(200);
    expect(await event).toEqual({ n: 1 });
    client.disconnect();
  }

  /** Nothing that a secret signs is. */
  async function expectRefused({ clients }: Side): Promise<void> {
    const client = await clients.connect(NodePusher, { userId: fresh("user-") });
    const channel = client.subscribe(fresh("private-"));
    expect(await eventOf(channel, "pusher:subscription_error")).toMatchObject({
      type: "AuthError",
      status: 401,
    });
    const error = eventOf<{ data: { code: unknown } }>(client.connection, "error");
    client.signin();
    expect((await error).data.code).toBeNull();
    await expect(clients.sdk().trigger(channel.name, "e", 1)).rejects.toMatchObject({ status: 401 });
    client.disconnect();
  }

  test("refuses no valid signature at any step, and none but invalid ones after the revocation", async () => {
    const admin = new Admin(() => target.process);
    const { credentials } = await admin.done("POST", "/apps", { name: "Rotating" });
    const path = `/apps/${credentials.app_id}/keys/${credentials.key}/secrets`;
    const step = (name: string, body?: object) => admin.done("POST", `${path}/${name}`, body);
    const statesOf = ({ secrets }: { secrets: { state: string }[] }) => secrets.map(({ state }) => state);
    admin.answers.length = 0;

    const former = open({ id: credentials.app_id, key: credentials.key, secret: credentials.secret });
    const attached = await former.clients.connect(NodePusher, { userId: "attached" });
    const channel = attached.subscribe("private-attached");
    await subscribed(channel);
    const states: string[] = [];
    attached.connection.bind("state_change", ({ current }: { current: string }) => states.push(current));
    await expectAccepted(former);

    const rotated = await step("rotate", {});
    expect(statesOf(rotated)).toEqual(["current", "pending"]);
    expect(rotated.applied).toEqual({ nodes: 1, of: 1 });
    expect(rotated.safe_to_activate).toMatchObject({ safe: false, reasons: [{ code: "pending_unused" }] });
    const latter = open({ ...former.app, secret: rotated.secret });
    const both = [former, latter];
    for (const side of both) await expectAccepted(side);

    const status = await admin.done("GET", path);
    expect(status.safe_to_activate.safe).toBe(true);
    expect(status.secrets[0].held).toEqual({ connections: 1, subscriptions: 1, sign_ins: 0 });
    for (const { use } of status.secrets) {
      expect(use.by_kind).toMatchObject({
        http_api: { count_24h: expect.any(Number) },
        channel: { count_24h: expect.any(Number) },
        user: { count_24h: expect.any(Number) },
      });
      const callers = use.clients.map(({ client, address, kind }: Record<string, string>) => [
        kind,
        client,
        address,
      ]);
      expect(callers).toContainEqual(["channel", "pusher-js 8.6.0", "127.0.0.1"]);
      expect(callers).toContainEqual(["user", "pusher-js 8.6.0", "127.0.0.1"]);
      expect(callers).toContainEqual([
        "http_api",
        expect.stringMatching(/^pusher-http-node \d/),
        "127.0.0.1",
      ]);
    }

    expect(statesOf(await step("activate", { retire_for_seconds: 3_600 }))).toEqual(["retiring", "current"]);
    for (const side of both) await expectAccepted(side);
    expect(statesOf(await step("undo"))).toEqual(["current", "pending"]);
    for (const side of both) await expectAccepted(side);
    const activated = await step("activate", { retire_for_seconds: 3_600 });
    expect(statesOf(activated)).toEqual(["retiring", "current"]);
    expect(activated.secrets[0].safe_to_revoke).toMatchObject({
      safe: false,
      reasons: [{ code: "still_used" }],
    });
    for (const side of both) await expectAccepted(side);
    // Nobody was sent away so far.
    expect(states).toEqual([]);

    const renewed = await latter.clients.connect(NodePusher);
    const renewedStates: string[] = [];
    renewed.connection.bind("state_change", ({ current }: { current: string }) =>
      renewedStates.push(current),
    );
    await subscribed(renewed.subscribe("private-renewed"));

    const refused = eventOf(channel, "pusher:subscription_error");
    const revoked = await step("revoke", { which: "retiring" });
    expect(statesOf(revoked)).toEqual(["revoked", "current"]);
    expect(revoked.ended).toEqual({ connections: 1, subscriptions: 1, sign_ins: 0, within_seconds: 1 });
    // The client came back by itself and asked its endpoint, which still signs with the revoked secret.
    expect(await refused).toMatchObject({ status: 401 });
    await stateOf(attached, "connected");
    await expectRefused(former);
    await expectAccepted(latter);
    expect(renewedStates).toEqual([]);

    const audit = await admin.done("GET", `/audit?app_id=${credentials.app_id}`);
    expect(audit.items.map(({ action }: { action: string }) => action).toReversed()).toEqual([
      "app.create",
      "secret.rotate",
      "secret.activate",
      "secret.undo",
      "secret.activate",
      "secret.revoke",
    ]);
    for (const { actor } of audit.items) expect(actor).toMatchObject({ kind: "local", address: "127.0.0.1" });
    expect(admin.answers.filter((text) => text.includes(former.app.secret))).toEqual([]);
    expect(admin.answers.filter((text) => text.includes(latter.app.secret))).toHaveLength(1);
    expect(target.process.output()).not.toContain(former.app.secret);
    expect(target.process.output()).not.toContain(latter.app.secret);

    for (const { clients, endpoint } of both) {
      clients.end();
      await endpoint.stop();
    }
  });

  test("revokes by itself what has retired for long enough, and disconnects nobody", async () => {
    const admin = new Admin(() => target.process);
    const { credentials } = await admin.done("POST", "/apps", {});
    const path = `/apps/${credentials.app_id}/keys/${credentials.key}/secrets`;
    const former = open({ id: credentials.app_id, key: credentials.key, secret: credentials.secret });
    const client = await former.clients.connect(NodePusher);
    await subscribed(client.subscribe("private-a"));
    await admin.done("POST", `${path}/rotate`, {});
    await admin.done("POST", `${path}/activate`, { retire_for_seconds: 1 });
    await eventually(
      async () => (await admin.done("GET", path)).secrets[0].state,
      (state) => state === "revoked",
    );
    await expectRefused(former);
    expect(client.connection.state).toBe("connected");
    expect(
      (await admin.done("GET", `/audit?action=secret.retired&app_id=${former.app.id}`)).items,
    ).toHaveLength(1);
    former.clients.end();
    await former.endpoint.stop();
  });
});
