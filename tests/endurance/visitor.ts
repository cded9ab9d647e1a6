import { type AppCredentials, channelAuth, userAuth } from "../support/sign.ts";
import type { Random } from "./random.ts";
import { upgradeRequest, WireClient } from "./wire-client.ts";

// Few enough that they are shared, many enough that they are emptied again and again.
const CHANNELS = 200;
const USERS = 100;

/**
 * What a visit is for. Some break off the handshake or what follows it; some prove nothing until they are sent away.
 */
export type Visit = "abort" | "abandon" | "overstay" | "look" | Errand;
type Errand = "public" | "private" | "presence" | "signIn" | "everything";

const VISITS: readonly Visit[] = ["abandon", "look", "public", "private", "presence", "signIn", "everything"];

/** One client that comes, does what clients do, and goes in one of the ways that clients go. */
export async function visit(
  address: { readonly host: string; readonly port: number },
  app: AppCredentials,
  random: Random,
): Promise<Visit> {
  const purpose = random.chance(0.03) ? "abort" : random.chance(0.002) ? "overstay" : random.pick(VISITS);
  const client = new WireClient(address);
  const path = `/app/${app.key}?protocol=7`;
  if (purpose === "abort") {
    const request = upgradeRequest(path);
    client.write(request.slice(0, 1 + random.below(request.length - 1)));
    await leave(client, random);
    return purpose;
  }
  client.upgrade(path);
  if (purpose !== "abandon" && (await client.hears("connection_established"))) {
    const socketId = /socket_id\\":\\"([\d.]+)/.exec(client.received)?.[1] ?? "";
    const answers = say(client, app, socketId, purpose, random);
    // Some leave in the middle of what they asked for.
    if (purpose === "overstay" || random.chance(0.7))
      for (const answer of answers) await client.hears(answer);
  }
  await leave(client, random);
  return purpose;
}

/** Sends what the visit is for and returns what its answers will hold. */
function say(
  client: WireClient,
  app: AppCredentials,
  socketId: string,
  purpose: Visit,
  random: Random,
): readonly string[] {
  const name = `churn-${random.below(CHANNELS)}`;
  const userId = String(random.below(USERS));
  const does = (what: Visit) => purpose === what || purpose === "everything";
  const answers: string[] = [];
  if (purpose === "overstay") answers.push("not authorized within timeout");
  const subscribe = (channel: string, channelData?: string) => {
    const auth = channelAuth(app, socketId, channel, channelData);
    const data = { channel, auth, channel_data: channelData };
    client.say(JSON.stringify({ event: "pusher:subscribe", data }));
    answers.push(`succeeded","channel":"${channel}"`);
  };
  if (does("public")) subscribe(name);
  if (does("private")) subscribe(`private-${name}`);
  if (does("presence"))
    subscribe(`presence-${name}`, JSON.stringify({ user_id: userId, user_info: { name } }));
  if (does("signIn")) {
    const watchlist = [String(random.below(USERS)), String(random.below(USERS))];
    const userData = JSON.stringify({ id: userId, watchlist });
    const data = { auth: userAuth(app, socketId, userData), user_data: userData };
    client.say(JSON.stringify({ event: "pusher:signin", data }));
    answers.push("signin_success");
  }
  return answers;
}

function leave(client: WireClient, random: Random): Promise<void> {
  const way = random.below(4);
  if (way === 0) client.hangUp();
  else if (way === 1) client.sayGoodbye();
  else client.reset();
  return client.ended;
}
