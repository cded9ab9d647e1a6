import { expect, test } from "bun:test";
import {
  type AuthHandler,
  createAuthHandler,
  defineChannels,
  type PatternParams,
  signedInIsEnough,
} from "./index.ts";
import { exampleOptions } from "./testing/example.ts";

// What the compiler must accept and refuse. Each `@ts-expect-error` is an error of its own once the line below compiles.

interface User {
  readonly id: string;
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

test("parameters have the types that the pattern's text gives them", () => {
  same<keyof PatternParams<"private-news">, never>(true);
  same<PatternParams<"private-order.{orderId:int}">, { readonly orderId: number }>(true);
  same<
    PatternParams<"presence-{team:slug}.{room}-{id:uuid}">,
    { readonly team: string; readonly room: string; readonly id: string }
  >(true);
  same<PatternParams<"private-{x:any}-{n:int}">, { readonly x: string; readonly n: number }>(true);

  const channels = defineChannels<User>()
    .type("sku", { matches: /\d+/, parse: (text) => ({ number: Number(text) }), example: "1" })
    .type("word", { matches: /[a-z]+/, example: "a" })
    .channel("private-{item:sku}-{n:int}-{word:word}", (params, context) => {
      same<typeof params, { readonly item: { number: number }; readonly n: number; readonly word: string }>(
        true,
      );
      same<typeof context.user, User>(true);
      same<typeof context.request, Request>(true);
      return params.item.number === params.n;
    });
  expect(channels.rules).toHaveLength(1);
});

test("patterns that cannot be do not compile", () => {
  const channels = defineChannels<User>();
  const deny = () => false as const;
  // @ts-expect-error: public channels need no rule
  expect(() => channels.channel("news", deny)).toThrow();
  // @ts-expect-error: no such type
  expect(() => channels.channel("private-{x:float}", deny)).toThrow();
  // @ts-expect-error: no such type among two parameters
  expect(() => channels.channel("private-{n:int}-{x:sku}", deny)).toThrow();
  // A text that is known only when it runs is checked then.
  const text: string = "news";
  expect(() => channels.channel(text, deny)).toThrow();
});

test("rules answer what their kind of channel needs", () => {
  const channels = defineChannels<User>()
    .channel("private-a", () => true)
    .channel("private-b", async () => false)
    .channel("presence-a", (_params, { user }) => user.id !== "1" && { id: user.id })
    .channel("presence-b", async (_params, { user }) => ({ id: user.id, info: { name: "x" } }))
    .channel("private-c", signedInIsEnough())
    .channel(
      "presence-c",
      signedInIsEnough(({ id }) => ({ id })),
    )
    .user(({ id }) => ({ id, info: {}, watchlist: ["2"] }))
    .user(() => false);
  // @ts-expect-error: a presence channel needs a member
  channels.channel("presence-x", () => true);
  // @ts-expect-error: a member has an id
  channels.channel("presence-x", () => ({ info: {} }));
  // @ts-expect-error: a private channel has no members
  channels.channel("private-x", () => ({ id: "1" }));
  // @ts-expect-error: a rule answers something
  channels.channel("private-x", () => {});
  // @ts-expect-error: no such parameter
  channels.channel("private-{a}", ({ b }) => b === "");
  // @ts-expect-error: a number is no text
  channels.channel("private-{a:int}", ({ a }) => a === "1");
  // @ts-expect-error: no such field
  channels.channel("private-{a}", ({ a }, { user }) => user.name === a);
  // @ts-expect-error: a presence channel needs to know who
  channels.channel("presence-x", signedInIsEnough());
  expect(channels.rules).toHaveLength(6);
});

test("the user of the request is the user of the rules", () => {
  const { channels } = exampleOptions;
  createAuthHandler({ ...exampleOptions, user: () => ({ id: 1, name: "", rooms: [] }) });
  createAuthHandler({ ...exampleOptions, user: async () => null });
  // @ts-expect-error: these rules know users by name
  createAuthHandler({ ...exampleOptions, channels, user: () => ({ id: 1 }) });
  const handler = createAuthHandler({
    ...exampleOptions,
    user: (_request, context: { readonly session: string }) => (context.session === "" ? null : undefined),
  });
  same<typeof handler, AuthHandler<{ readonly session: string }>>(true);
  expect(handler).toBeFunction();
});
