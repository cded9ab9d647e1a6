import type { Api } from "../support/api.ts";
import type { AppCredentials } from "../support/sign.ts";
import type { Random } from "./random.ts";
import { upgradeRequest } from "./wire-client.ts";

const METHODS = [
  "GET",
  "POST",
  "PUT",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "TRACE",
  "CONNECT",
  "get",
  "B\u0000D",
  "",
] as const;

/** A request to upgrade that is wrong in one way or another, or right and unusual. */
export function badUpgrade(random: Random, { key }: AppCredentials): string {
  const path = `/app/${key}?protocol=7`;
  const right = upgradeRequest(path);
  return random.pick([
    // Many headers (known failure 10), long ones, odd ones.
    () => upgradeRequest(path, `${"X: y\r\n".repeat(random.below(3_000))}`),
    () => upgradeRequest(path, `X-Long: ${"x".repeat(random.below(100_000))}\r\n`),
    () => upgradeRequest(path, `Cookie: ${random.text(100).replaceAll(/[\r\n]/g, "")}\r\n`),
    () => upgradeRequest(path, `Sec-WebSocket-Protocol: ${"p,".repeat(random.below(500))}q\r\n`),
    () => upgradeRequest(path, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=0\r\n"),
    () => upgradeRequest(path, "Content-Length: 5\r\n") + random.text(5),
    () =>
      upgradeRequest(
        `/app/${random.text(30).replaceAll(/[\s]/g, "")}?protocol=${random.text(3).replaceAll(/[\s]/g, "")}`,
      ),
    () => upgradeRequest(`/app/${"k".repeat(random.below(20_000))}`),
    () => upgradeRequest(`/app/${key}?${"a=b&".repeat(random.below(3_000))}`),
    () =>
      upgradeRequest(
        random.pick(["/", "*", "", "//app/", "/app/%", "/apps/3/events", "http://x/app/y", "/app/../app/x"]),
      ),
    () => right.replace("13", random.pick(["8", "14", "-1", "", "13, 14", "x".repeat(50)])),
    () => right.replace(/Key: .*/, random.pick(["Key: ", "Key: short", `Key: ${"A".repeat(5_000)}`, "X: y"])),
    () => right.replace("GET", random.pick(METHODS)),
    () => right.replace("HTTP/1.1", random.pick(["HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "", "SPDY"])),
    () => right.replaceAll("\r\n", random.pick(["\n", "\r", "\r\n ", "\r\n\r\n"])),
    () => right.replace("Host: 127.0.0.1", random.pick(["", "Host:", "Host: a\r\nHost: b", "Host: [::"])),
    () => random.mutated(right),
    () => right.repeat(1 + random.below(5)),
  ])();
}

/** A request that HTTP does not allow, or hardly. */
export function badHttp(random: Random, app: AppCredentials): string {
  const path = random.pick([
    `/apps/${app.id}/events`,
    `/apps/${app.id}/channels`,
    "/",
    "/metrics",
    `/${random.text(40)}`,
  ]);
  const head = (headers: string) => `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;
  return random.pick([
    () => `${random.pick(METHODS)} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`,
    () =>
      `${head(`Content-Length: ${random.pick(["-1", "99999999999999999999", "5x", "", "0x10", "1, 2"])}\r\n`)}{}`,
    () => `${head("Content-Length: 2\r\nContent-Length: 50\r\n")}{}`,
    () => `${head("Content-Length: 10\r\nTransfer-Encoding: chunked\r\n")}5\r\nhello\r\n0\r\n\r\n`,
    () =>
      `${head("Transfer-Encoding: chunked\r\n")}${random.pick(["zz\r\n", "-1\r\n", "ffffffffffffffff\r\nx", "5\r\nhel", "0\r\n"])}`,
    () => `${head("Transfer-Encoding: gzip, chunked\r\n")}0\r\n\r\n`,
    () => `${head(`Content-Length: ${random.below(50)}\r\n`)}${random.text(60)}`,
    () => `${head("Expect: 100-continue\r\nContent-Length: 2\r\n")}{}`,
    () => `GET ${path}?${"x".repeat(random.below(60_000))} HTTP/1.1\r\nHost: x\r\n\r\n`,
    () => `GET ${path} HTTP/1.1\r\n${"A: b\r\n".repeat(random.below(4_000))}\r\n`,
    () => `GET /apps/${app.id}/channels HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(random.below(50)),
    () => random.text(300),
    () => random.mutated(head("Content-Length: 2\r\n")),
  ])();
}

/** A request that is signed as it should be and asks for something odd; the answer is never the server's fault. */
export function signedOddity(
  random: Random,
  api: Api,
): Promise<{ readonly status: number; readonly text: string }> {
  const path = random.pick([
    "/events",
    "/events",
    "/batch_events",
    "/channels",
    "/channels/presence-fuzz",
    "/channels/presence-fuzz/users",
    `/channels/${encodeURIComponent(random.text(20).toWellFormed())}`,
    `/users/${encodeURIComponent(random.text(10).toWellFormed())}/terminate_connections`,
    `/${random.below(1_000)}`,
  ]);
  const query = Array.from({ length: random.below(4) }, () => {
    const key = random.pick([
      "info",
      "filter_by_prefix",
      "name",
      "data",
      "channels[]",
      "channel",
      "__proto__",
      "body_md5x",
    ]);
    return [key, random.pick(["user_count", "presence-", "", random.text(10).toWellFormed()])] as const;
  });
  const isRead = random.chance(path.startsWith("/channels") ? 0.9 : 0.1);
  return api.send({
    path,
    query,
    method: isRead ? "GET" : "POST",
    ...(isRead ? {} : { body: oddBody(random) }),
  });
}

function oddBody(random: Random): string | Uint8Array<ArrayBuffer> {
  const event = {
    name: random.pick<unknown>(["e", "", 1, null, "pusher:x", random.text(250), "client-e"]),
    data: random.pick<unknown>(["{}", "", {}, null, 5, random.text(50), "x".repeat(20_000)]),
    channel: random.pick<unknown>([undefined, "fuzz", "private-fuzz", "a b", 5]),
    channels: random.pick<unknown>([
      undefined,
      ["fuzz"],
      [],
      ["fuzz", "fuzz"],
      "fuzz",
      [1],
      Array(101).fill("c"),
      ["__proto__"],
    ]),
    socket_id: random.pick<unknown>([undefined, "1.1", "x", 5, "1.1\n", {}]),
    info: random.pick<unknown>([undefined, "user_count", "x", 1]),
  };
  const body = JSON.stringify(random.chance(0.3) ? { batch: Array(random.below(12)).fill(event) } : event);
  return random.pick<() => string | Uint8Array<ArrayBuffer>>([
    () => body,
    () => body,
    () => random.mutated(body).toWellFormed(),
    () => "[".repeat(random.below(100_000)),
    () => "",
    () => new Uint8Array(random.bytes(random.below(300))),
  ])();
}
