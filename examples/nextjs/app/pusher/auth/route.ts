import { createAuthHandler, defineChannels, requireHeader, signedInIsEnough } from "@usher/auth";
import { toNext } from "@usher/auth/next";
import { type User, userOf } from "../../../lib/session";

// Who may join what. Whatever no rule is for is refused.
const channels = defineChannels<User>()
  .channel("private-user-{id:int}", ({ id }, { user }) => id === user.id)
  .channel(
    "presence-room-{room}",
    signedInIsEnough(({ id, name, avatar }) => ({ id, info: { name, avatar } })),
  );

const authorize = createAuthHandler({
  // Functions, because `next build` loads this file without the server's secrets.
  key: () => process.env.USHER_APP_KEY ?? "",
  secret: () => process.env.USHER_APP_SECRET ?? "",
  channels,
  user: (request) => userOf(request),
  // In the page: channelAuthorization: { endpoint, headers: { "X-Requested-With": "XMLHttpRequest" } }
  csrf: requireHeader("X-Requested-With"),
});

export const { POST, OPTIONS } = toNext(authorize);
