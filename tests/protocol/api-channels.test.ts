import { expect, test } from "bun:test";
import { expectAnswer, expectRefused } from "../support/answers.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

/** Three connections on a channel; on a presence channel two of them are one user. */
async function occupy(target: Target, channel: string): Promise<void> {
  const isPresence = channel.startsWith("presence-");
  for (const user_id of ["1", "1", "2"]) {
    const socket = await target.connect();
    await socket.join(channel, isPresence ? { user_id } : undefined);
  }
}

describeServer("HTTP API: channels of an empty app", { usher: true }, (target) => {
  test("scenario 23 and trap 7: no channels are an empty object, never a list", async () => {
    expectAnswer(await target.api.get("/channels"), '{"channels":{}}');
    const query: [string, string][] = [["filter_by_prefix", "presence-"]];
    expectAnswer(await target.api.get("/channels", query), '{"channels":{}}');
    expectAnswer(await target.api.get("/channels", [...query, ["info", "user_count"]]), '{"channels":{}}');
  });
});

describeServer("HTTP API: channels", {}, (target) => {
  test("the list has each occupied channel, with an empty object unless something was asked for", async () => {
    const prefix = fresh("list-");
    await occupy(target, `${prefix}-a`);
    await occupy(target, `${prefix}-b`);
    const response = await target.api.get("/channels", [["filter_by_prefix", prefix]]);
    expectAnswer(response, `{"channels":{"${prefix}-a":{},"${prefix}-b":{}}}`);
    const all = (await target.api.get("/channels")).json() as { channels: object };
    expect(all.channels).toMatchObject({ [`${prefix}-a`]: {}, [`${prefix}-b`]: {} });
  });

  test("the prefix is text at the start, no pattern", async () => {
    const name = fresh("x.y-");
    await occupy(target, name);
    for (const [prefix, isListed] of [
      [name, true],
      [name.slice(0, -1), true],
      [`${name}z`, false],
      [name.replace(".", "_"), false],
      [name.slice(1), false],
      [name.toUpperCase(), false],
    ] as const) {
      const { text } = await target.api.get("/channels", [["filter_by_prefix", prefix]]);
      expect({ prefix, isListed: text.includes(`"${name}"`) }).toEqual({ prefix, isListed });
    }
  });

  test("user_count gives distinct users", async () => {
    const channel = fresh("presence-");
    await occupy(target, channel);
    const response = await target.api.get("/channels", [
      ["filter_by_prefix", channel],
      ["info", "user_count"],
    ]);
    expectAnswer(response, `{"channels":{"${channel}":{"user_count":2}}}`);
  });

  test.each(["", "p", "presence", "private-", "x-presence-"])(
    "user_count needs a prefix of presence channels; '%s' is answered 400",
    async (prefix) => {
      const query: [string, string][] = [["info", "user_count"]];
      if (prefix !== "") query.push(["filter_by_prefix", prefix]);
      expectRefused(await target.api.get("/channels", query), 400);
    },
  );

  test.each(["members", "cache", "user_count,members", "subscription_count"])(
    "an attribute that is unknown or off is answered 400: %s",
    async (info) => {
      const query: [string, string][] = [
        ["filter_by_prefix", "presence-"],
        ["info", info],
      ];
      expectRefused(await target.api.get("/channels", query), 400);
    },
  );

  test("a channel that is left is in the list no more", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    socket.unsubscribe(channel);
    await socket.framesBeforePong();
    expectAnswer(await target.api.get("/channels", [["filter_by_prefix", channel]]), '{"channels":{}}');
  });
});

describeServer("HTTP API: one channel", {}, (target) => {
  test("a channel is occupied or not, and nothing else is told unasked", async () => {
    const [open, presence] = [fresh("c-"), fresh("presence-")];
    await occupy(target, open);
    await occupy(target, presence);
    expectAnswer(await target.api.get(`/channels/${open}`), '{"occupied":true}');
    expectAnswer(await target.api.get(`/channels/${presence}`), '{"occupied":true}');
  });

  test("a channel that nobody has heard of is vacant, with counts of zero", async () => {
    expectAnswer(await target.api.get(`/channels/${fresh("c-")}`), '{"occupied":false}');
    const users = await target.api.get(`/channels/${fresh("presence-")}`, [["info", "user_count"]]);
    expectAnswer(users, '{"occupied":false,"user_count":0}');
  });

  test("user_count gives distinct users", async () => {
    const channel = fresh("presence-");
    await occupy(target, channel);
    const response = await target.api.get(`/channels/${channel}`, [["info", "user_count"]]);
    expectAnswer(response, '{"occupied":true,"user_count":2}');
  });

  test("a cache channel without an event has a null cache", async () => {
    const response = await target.api.get(`/channels/${fresh("private-cache-")}`, [["info", "cache"]]);
    expectAnswer(response, '{"occupied":false,"cache":null}');
  });

  test.each([
    ["user_count", "c-"],
    ["user_count", "private-"],
    ["cache", "c-"],
    ["cache", "presence-"],
    ["subscription_count", "c-"],
    ["subscription_count", "presence-"],
    ["members", "presence-"],
    ["user_count,members", "presence-"],
  ])("%s does not apply to %s channels here and is answered 400", async (info, prefix) => {
    expectRefused(await target.api.get(`/channels/${fresh(prefix)}`, [["info", info]]), 400);
  });

  test.each(["not%20valid", "a%3Ab", "a%2Fb", "%23x", "c".repeat(201)])(
    "an invalid name is answered 400: %s",
    async (name) => {
      expectRefused(await target.api.get(`/channels/${name}`), 400);
    },
  );

  test("a name may come percent-encoded", async () => {
    const channel = fresh("c-@,;=");
    await occupy(target, channel);
    expectAnswer(await target.api.get(`/channels/${encodeURIComponent(channel)}`), '{"occupied":true}');
  });
});

describeServer("HTTP API: subscription counts", { settings: { subscription_counting: true } }, (target) => {
  test("subscription_count counts connections", async () => {
    const channel = fresh("c-");
    await occupy(target, channel);
    const response = await target.api.get(`/channels/${channel}`, [["info", "subscription_count"]]);
    expectAnswer(response, '{"occupied":true,"subscription_count":3}');
  });

  test("several attributes may be asked for at once", async () => {
    const channel = fresh("cache-");
    await occupy(target, channel);
    const response = await target.api.get(`/channels/${channel}`, [["info", "subscription_count,cache"]]);
    expectAnswer(response, '{"occupied":true,"subscription_count":3,"cache":null}');
  });

  test("presence channels have none", async () => {
    const path = `/channels/${fresh("presence-")}`;
    expectRefused(await target.api.get(path, [["info", "subscription_count"]]), 400);
  });

  test("the list gives subscription counts as well", async () => {
    const channel = fresh("c-");
    await occupy(target, channel);
    const response = await target.api.get("/channels", [
      ["filter_by_prefix", channel],
      ["info", "subscription_count"],
    ]);
    expectAnswer(response, `{"channels":{"${channel}":{"subscription_count":3}}}`);
  });
});

describeServer("HTTP API: users of a channel", {}, (target) => {
  test("each user is listed once, with the id as a string", async () => {
    const channel = fresh("presence-");
    const sockets = await Promise.all([target.connect(), target.connect(), target.connect()]);
    await sockets[0].join(channel, '{"user_id":1}');
    await sockets[1].join(channel, '{"user_id":"1"}');
    await sockets[2].join(channel, '{"user_id":"__proto__","user_info":{"name":"Jo"}}');
    const { users } = (await target.api.get(`/channels/${channel}/users`)).json() as {
      users: { id: string }[];
    };
    expect(users.map((user) => Object.entries(user)).sort()).toEqual([[["id", "1"]], [["id", "__proto__"]]]);
  });

  test("an empty presence channel has an empty list", async () => {
    expectAnswer(await target.api.get(`/channels/${fresh("presence-")}/users`), '{"users":[]}');
  });

  test.each(["c-", "private-", "cache-", "x-presence-"])(
    "a %s channel has no users and is answered 400",
    async (prefix) => {
      const channel = fresh(prefix);
      await occupy(target, channel);
      expectRefused(await target.api.get(`/channels/${channel}/users`), 400);
    },
  );

  test("an info that means nothing here is passed over", async () => {
    const path = `/channels/${fresh("presence-")}/users`;
    expectAnswer(await target.api.get(path, [["info", "user_count"]]), '{"users":[]}');
  });
});
