import { expect, test } from "bun:test";
import { expectRefused } from "../support/answers.ts";
import {
  expectClosed,
  expectError,
  expectRefusedSubscription,
  expectUnauthorized,
} from "../support/refusals.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("a strict app", { settings: { strict: true } }, (target) => {
  test("a client that names no protocol is closed with 4008", async () => {
    await expectClosed(target.open(target.path("client=js")), 4008);
    await target.open(target.path("protocol=7")).established();
  });

  test("a second subscription is an error with a null code, and the first one stands", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    socket.subscribe(channel);
    await expectError(socket, new RegExp(`^Existing subscription to channel ${channel}`));
    await target.api.trigger({ name: "e", data: "", channels: [channel] });
    await socket.nextEvent("e");
  });

  test("a client's channel name may have 164 characters and no more", async () => {
    const socket = await target.connect();
    const longest = fresh("c-").padEnd(164, "x");
    await socket.join(longest);
    socket.subscribe(`${longest}x`);
    await expectRefusedSubscription(socket, `${longest}x`, { type: "InvalidChannel", status: 400 });
  });

  test("user_info must be an object", async () => {
    const socket = await target.connect();
    for (const json of ["[]", "true", "null", '"Jo"', "5"]) {
      const channel = fresh("presence-");
      const channel_data = `{"user_id":"1","user_info":${json}}`;
      socket.subscribe(channel, { auth: socket.authFor(channel, channel_data), channel_data });
      await expectUnauthorized(
        socket,
        channel,
        /^user_info supplied to presence subscription is invalid - if supplied it must be a type of hash/,
      );
    }
    await socket.join(fresh("presence-"), { user_id: "1", user_info: {} });
    await socket.join(fresh("presence-"), { user_id: "1" });
  });

  test.each(["pusher", "pusher.x", "pushers", "pusherfoo", "pusher:x"])(
    "every event name that begins with pusher is reserved: %s",
    async (name) => {
      const response = await target.api.post("/events", { name, data: "", channels: [fresh("c-")] });
      expectRefused(response, 400, /^The 'pusher' namespace is reserved/);
    },
  );

  test("names that merely contain pusher are free", async () => {
    for (const name of ["Pusher", "my-pusher", "client-pusher:x"]) {
      await target.api.trigger({ name, data: "", channels: [fresh("c-")] });
    }
  });

  test("a query parameter that means nothing is answered 400, and named", async () => {
    const response = await target.api.get(`/channels/${fresh("presence-")}/users`, [["info", "user_count"]]);
    expectRefused(response, 400, /^The following query string parameters are extraneous: info/);
    expectRefused(await target.api.get("/channels", [["shoe_size", "44"]]), 400, /extraneous: shoe_size/);
  });

  test("the parameters of a signature are never extraneous", async () => {
    const auth = { body_md5: "d41d8cd98f00b204e9800998ecf8427e" };
    expect((await target.api.send({ path: "/channels", auth })).status).toBe(200);
  });
});
