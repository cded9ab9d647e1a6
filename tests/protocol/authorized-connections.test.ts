import { expect, test } from "bun:test";
import { expectClosed, expectUnauthorized } from "../support/refusals.ts";
import type { TestSocket } from "../support/socket.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

const TIMEOUT_MESSAGE = /^Connection not authorized within timeout$/;

/** Resolves once the timeout has ended a connection that proved nothing and is younger than the ones under test. */
async function afterTheTimeout(target: Target): Promise<void> {
  await expectClosed(await target.connect(), 4009, TIMEOUT_MESSAGE);
}

async function expectOpen(socket: TestSocket): Promise<void> {
  expect(await socket.framesBeforePong()).toEqual([]);
}

describeServer(
  "authorized connections",
  { settings: { authorized_connections: true, authorization_timeout: 1 } },
  (target) => {
    test.concurrent("a connection that proves nothing is closed with 4009, in a frame and in the close", async () => {
      await expectClosed(await target.connect(), 4009, TIMEOUT_MESSAGE);
    });

    test.concurrent("a public subscription proves nothing, and neither does a refused one", async () => {
      const [open, refused] = await Promise.all([target.connect(), target.connect()]);
      await open.join(fresh("public-"));
      const channel = fresh("private-");
      refused.subscribe(channel, { auth: "x:y" });
      await expectUnauthorized(refused, channel);
      await expectClosed(open, 4009, TIMEOUT_MESSAGE);
      await expectClosed(refused, 4009, TIMEOUT_MESSAGE);
    });

    test.concurrent("a signed-in connection stays", async () => {
      const socket = await target.connect();
      await socket.signIn({ id: fresh("u") });
      await afterTheTimeout(target);
      await expectOpen(socket);
    });

    test.concurrent("a connection on a private or presence channel stays", async () => {
      const [onPrivate, onPresence] = await Promise.all([target.connect(), target.connect()]);
      await onPrivate.join(fresh("private-"));
      await onPresence.join(fresh("presence-"), { user_id: "1" });
      await afterTheTimeout(target);
      await expectOpen(onPrivate);
      await expectOpen(onPresence);
    });

    test.concurrent("an unsubscription later takes nothing back", async () => {
      const socket = await target.connect();
      const channel = fresh("private-");
      await socket.join(channel);
      socket.unsubscribe(channel);
      await afterTheTimeout(target);
      await expectOpen(socket);
    });
  },
);

describeServer(
  "authorized connections with a quota",
  {
    settings: { authorized_connections: true, authorization_timeout: 60, connection_quota: 1 },
    oneNode: "each node counts its own connections",
  },
  (target) => {
    test.concurrent("a connection that has proved nothing yet does not count towards the quota", async () => {
      const waiting = await target.connect();
      const authorized = await target.connect();
      await authorized.join(fresh("private-"));
      await expectClosed(target.open(), 4004);
      await authorized.close();
      await waiting.framesBeforePong();
      await target.connect();
    });

    test("connections that left without proving anything do not widen the quota", async () => {
      const passing = await Promise.all([target.connect(), target.connect(), target.connect()]);
      await Promise.all(passing.map((socket) => socket.close()));
      const authorized = await target.connect();
      await authorized.signIn({ id: fresh("u") });
      await expectClosed(target.open(), 4004);
      await authorized.close();
    });
  },
);
