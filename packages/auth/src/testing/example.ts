import { type AuthHandlerOptions, defineChannels, signedInIsEnough } from "../index.ts";

/** The app of the tests: what each user may do is in their name and number. */
export interface User {
  readonly id: number;
  readonly name: string;
  readonly rooms: readonly string[];
}

const USERS: ReadonlyMap<string, User> = new Map([
  ["10", { id: 10, name: "Mr. Channels", rooms: ["lobby", "attic"] }],
  ["7", { id: 7, name: "Zoë 🎉", rooms: ["lobby"] }],
]);

export function userOf(session: string | null | undefined): User | undefined {
  return USERS.get(session ?? "");
}

/** Bytes 0 to 31. */
export const MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

export const channels = defineChannels<User>()
  .channel("private-foobar", signedInIsEnough())
  .channel("private-item-{index:int}", ({ index }) => index % 2 === 0)
  .channel("private-user.{id:int}", ({ id }, { user }) => id === user.id)
  .channel("private-broken", () => {
    throw new Error("the database is away");
  })
  .channel("private-encrypted-foobar", signedInIsEnough())
  .channel("private-encrypted-cache-foobar", signedInIsEnough())
  .channel(
    "presence-foobar",
    signedInIsEnough((user) => ({ id: user.id, info: { name: user.name } })),
  )
  .channel(
    "presence-room-{room}",
    ({ room }, { user }) => user.rooms.includes(room) && { id: user.id, info: { name: user.name } },
  )
  .user((user) => user.id === 10 && { id: user.id, info: { name: user.name }, watchlist: ["7"] });

/** The page that may ask from elsewhere. */
export const ORIGIN = "https://app.example.com";

export const EXAMPLE_APP = { key: "278d425bdf160c739803", secret: "7ad3773142a6692b25b8" } as const;

/** Everything that does not depend on a framework. The session is the header `X-User`. */
export const exampleOptions = {
  ...EXAMPLE_APP,
  encryptionMasterKeyBase64: MASTER_KEY,
  channels,
  cors: { origins: [ORIGIN] },
  jsonp: { origins: [ORIGIN] },
  onError: () => {},
} as const satisfies Omit<AuthHandlerOptions<User, unknown>, "user">;
