import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { anyText, channelNames, hmacHex, socketIds } from "../testing/index.ts";
import {
  authFor,
  CHANNEL_MISTAKES,
  KEY,
  md5Hex,
  REQUEST_MISTAKES,
  type RequestParts,
  request,
  SECRETS,
  SIGNIN_MISTAKES,
  signin,
  subscription,
  type TicketParts,
} from "../testing/mistakes.ts";
import { CAUSES, type CauseCode } from "./causes.ts";
import { explain } from "./explain.ts";
import { DEFAULT_TRIAL_LIMITS } from "./explain-options.ts";
import type { Explanation } from "./explanation.ts";
import type { Refusal } from "./refusal.ts";

const DEEP = `{"user_id":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;

const OPTIONS = { secrets: SECRETS, hmacHex, md5Hex, limits: DEFAULT_TRIAL_LIMITS };

const PRIVATE: TicketParts = { socketId: "1234.1234", channel: "private-foo@bar", data: undefined };
const PRESENCE: TicketParts = {
  socketId: "1234.1234",
  channel: "presence-foobar",
  data: '{"user_id":"10","user_info":{"name":"Zoë / Jo","tags":{}}}',
};
const NUMERIC: TicketParts = { ...PRESENCE, data: '{"user_id":10,"user_info":{}}' };
const USER = { socketId: "1234.1234", userData: '{"id":"12345","user_info":{"name":"Jo"}}' };
const TRIGGER: RequestParts = {
  method: "POST",
  path: "/apps/3/events",
  query: [],
  body: '{"name":"foo","channels":["a"],"data":"é"}',
  nowSeconds: 1_700_000_000,
};
const LINES: RequestParts = { ...TRIGGER, body: '{"name":"foo",\n"channels":["a"]}' };
const READ: RequestParts = { ...TRIGGER, method: "GET", path: "/apps/3/channels", body: "" };

/** Enough for every guess; what the default leaves out is the business of one test of its own. */
const PLENTY = { maxHmacs: 200, maxCharacters: 1_000_000 };

/** Checks what holds for every explanation, and gives it. */
function explained(refusal: Refusal, limits = PLENTY): Explanation {
  let hmacs = 0;
  const explanation = explain(refusal, {
    ...OPTIONS,
    limits,
    hmacHex: (secret, text) => {
      hmacs++;
      return hmacHex(secret, text);
    },
  });
  expect(hmacs).toBeLessThanOrEqual(limits.maxHmacs);
  expectNothingSecret(explanation);
  const { message, fix } = CAUSES[explanation.cause];
  const placeholders = Array.from((message + fix).matchAll(/\{([a-zA-Z]+)\}/g), ([, name]) => name);
  expect(Object.keys(explanation.evidence)).toEqual(expect.arrayContaining(placeholders));
  return explanation;
}

function expectNothingSecret(explanation: Explanation): void {
  const text = JSON.stringify(explanation);
  for (const { value } of SECRETS) expect(text).not.toContain(value);
  // Nothing that could be presented as a signature, neither the one that was given nor the one that would be right.
  const signed = explanation.stringToSign ?? "";
  for (const { value } of SECRETS) expect(text).not.toContain(hmacHex(value, signed));
  expect(text).not.toMatch(/[0-9a-fA-F]{64}/);
}

describe("a refused subscription", () => {
  const cases = [PRIVATE, PRESENCE, NUMERIC].flatMap((parts) =>
    CHANNEL_MISTAKES.filter(({ applies }) => applies?.(parts) ?? true).map(
      (mistake) => [mistake.what, mistake.cause, parts.channel, parts, mistake] as const,
    ),
  );
  test.each(cases)("with %s is traced to %s (%s)", (_what, cause, _channel, parts, mistake) => {
    expect(explained(subscription(parts, mistake.make(parts))).cause).toBe(cause);
  });

  test("names the secret that made the signature, and the text that should have been signed", () => {
    const { cause, matched, stringToSign } = explained(
      subscription(PRIVATE, { auth: authFor("1234.1234:private-foo@bar", SECRETS[5].value) }),
    );
    expect({ cause, matched, stringToSign }).toEqual({
      cause: "secret_of_another_app",
      matched: { slot: "current", secretId: "s-other-app", appId: "4" },
      stringToSign: "1234.1234:private-foo@bar",
    });
  });

  test("with two mistakes has the second one named too", () => {
    const swapped = authFor("private-foo@bar:1234.1234").toUpperCase().replace(KEY.toUpperCase(), KEY);
    const { cause, also, matched } = explained(subscription(PRIVATE, { auth: swapped }));
    expect({ cause, also, slot: matched?.slot }).toEqual({
      cause: "signature_uppercase",
      also: "arguments_swapped",
      slot: "current",
    });
  });

  test("without a known cause lists what was tried, the likeliest first", () => {
    const { cause, tried } = explained(subscription(PRESENCE, { auth: `${KEY}:${"0".repeat(64)}` }));
    expect(cause).toBe("unknown");
    expect(tried.slice(0, 4)).toEqual([
      "signature_valid",
      "secret_pending",
      "secret_retiring",
      "secret_revoked",
    ]);
    expect(tried).toContain("channel_data_reserialised");
  });

  test("is found for another secret of a rotation too", () => {
    const auth = authFor("1234.1234:presence-foobar", SECRETS[1].value);
    const { cause, matched } = explained(subscription(PRESENCE, { auth }));
    expect({ cause, id: matched?.secretId }).toEqual({
      cause: "channel_data_not_signed",
      id: "s-pending",
    });
  });

  test("on a private channel may have its data signed or not", () => {
    const parts = { ...PRIVATE, data: '{"user_id":"1"}' };
    expect(explained(subscription(parts)).cause).toBe("signature_valid");
    expect(explained(subscription(parts, { auth: authFor("1234.1234:private-foo@bar") })).cause).toBe(
      "signature_valid",
    );
  });

  test("on a presence channel needs no data once the connection is signed in", () => {
    const auth = authFor("1234.1234:presence-foobar");
    const refused = { auth, channelData: undefined, isSignedIn: true };
    expect(explained(subscription(PRESENCE, refused)).cause).toBe("signature_valid");
  });
});

describe("a refused sign-in", () => {
  test.each(SIGNIN_MISTAKES.map((mistake) => [mistake.what, mistake.cause, mistake] as const))(
    "with %s is traced to %s",
    (_what, cause, mistake) => {
      expect(explained(signin(USER, mistake.make(USER))).cause).toBe(cause);
    },
  );
});

describe("a refused request", () => {
  const cases = [TRIGGER, READ, LINES].flatMap((parts) =>
    REQUEST_MISTAKES.filter(({ applies }) => applies?.(parts) ?? true)
      .filter(({ cause }) => parts !== LINES || cause === "body_newlines_changed")
      .map((mistake) => [mistake.what, mistake.cause, parts.method, parts, mistake] as const),
  );
  test.each(cases)("with %s is traced to %s (%s)", (_what, cause, _method, parts, mistake) => {
    expect(explained({ ...request(parts), ...mistake.make(parts) }).cause).toBe(cause);
  });

  test("tells the lengths of the body as it was signed and as it came", () => {
    const { evidence } = explained(request(TRIGGER, { body: `${TRIGGER.body}\n` }));
    expect(evidence).toMatchObject({ length: 44, signedLength: 43 });
  });

  test("of a paste has no age", () => {
    const old = { ...request(TRIGGER), nowSeconds: undefined };
    expect(explained(old).cause).toBe("signature_valid");
  });
});

test("the default limits are enough for the usual form of every mistake", () => {
  const usual = <Each extends { readonly cause: CauseCode }>(mistakes: readonly Each[]) =>
    mistakes.filter((mistake) => mistakes.find(({ cause }) => cause === mistake.cause) === mistake);
  const found = [
    ...usual(CHANNEL_MISTAKES.filter(({ applies }) => applies?.(PRESENCE) ?? true)).map(
      (mistake) => [mistake, subscription(PRESENCE, mistake.make(PRESENCE))] as const,
    ),
    ...usual(SIGNIN_MISTAKES).map((mistake) => [mistake, signin(USER, mistake.make(USER))] as const),
    ...usual(REQUEST_MISTAKES.filter(({ applies }) => applies?.(TRIGGER) ?? true)).map(
      (mistake) => [mistake, { ...request(TRIGGER), ...mistake.make(TRIGGER) }] as const,
    ),
  ].map(([{ cause, what }, refusal]) => ({
    what,
    cause,
    found: explained(refusal, DEFAULT_TRIAL_LIMITS).cause,
  }));
  expect(found.filter(({ cause, found }) => cause !== found)).toEqual([]);
});

test("every cause but those of pasted answers is provoked above", () => {
  const provoked = [...CHANNEL_MISTAKES, ...SIGNIN_MISTAKES, ...REQUEST_MISTAKES].map(({ cause }) => cause);
  const ofResponses = Object.keys(CAUSES).filter((code) => /^(response|shared_secret)_/.test(code));
  expect([...new Set([...provoked, ...ofResponses])].toSorted()).toEqual(Object.keys(CAUSES).toSorted());
});

describe("whatever is sent", () => {
  const protectedChannels = fc
    .tuple(fc.constantFrom("private-", "presence-", "private-encrypted-"), channelNames())
    .map((parts) => parts.join(""));
  const memberTexts = fc
    .record({
      user_id: fc.oneof(fc.string({ minLength: 1 }), fc.nat().map(String), fc.nat()),
      user_info: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant({}))),
    })
    .map((member) => JSON.stringify(member).toWellFormed());

  test("one mistake in a right subscription is named, or a twin of it", () => {
    const parts = fc.tuple(socketIds(), protectedChannels, memberTexts).map(([socketId, channel, data]) => ({
      socketId,
      channel,
      data: channel.startsWith("presence-") ? data : undefined,
    }));
    fc.assert(
      fc.property(parts, fc.constantFrom(...CHANNEL_MISTAKES), (ticket, mistake) => {
        fc.pre(mistake.applies?.(ticket) ?? true);
        const { cause } = explained(subscription(ticket, mistake.make(ticket)));
        expect([mistake.cause, ...(mistake.twins ?? [])]).toContain(cause);
      }),
      { numRuns: 500 },
    );
  });

  test("one mistake in a right sign-in is named", () => {
    const parts = fc.record({
      socketId: socketIds(),
      userData: fc
        .record({ id: fc.string({ minLength: 1 }), user_info: fc.dictionary(fc.string(), fc.string()) })
        .map((user) => JSON.stringify(user).toWellFormed()),
    });
    fc.assert(
      fc.property(parts, fc.constantFrom(...SIGNIN_MISTAKES), (signIn, mistake) => {
        expect(explained(signin(signIn, mistake.make(signIn))).cause).toBe(mistake.cause);
      }),
      { numRuns: 300 },
    );
  });

  test("one mistake in a right request is named", () => {
    const values = fc.string({ unit: fc.constantFrom(..."ab1-_."), minLength: 1, maxLength: 10 });
    const parts = fc.record({
      method: fc.constantFrom("GET", "POST"),
      path: values.map((name) => `/apps/3/channels/private-${name}/events`),
      query: fc.constantFrom([], [["name", "x"] as const]),
      body: fc
        .dictionary(fc.string({ minLength: 1 }), fc.string(), { minKeys: 2 })
        .map((body) => JSON.stringify(body)),
      nowSeconds: fc.integer({ min: 1_600_000_000, max: 1_900_000_000 }),
    });
    fc.assert(
      fc.property(parts, fc.constantFrom(...REQUEST_MISTAKES), (asked, mistake) => {
        fc.pre(mistake.applies?.(asked) ?? true);
        const { cause } = explained({ ...request(asked), ...mistake.make(asked) });
        expect([mistake.cause, ...(mistake.twins ?? [])]).toContain(cause);
      }),
      { numRuns: 500 },
    );
  });

  test("nothing throws, and nothing takes more HMACs than allowed", () => {
    const anything = fc.oneof(
      anyText(),
      fc.anything(),
      fc.constantFrom(DEEP, DEEP.slice(0, 50_000)),
      anyText().map((text) => `${KEY}:${text}`),
    );
    const limits = fc.record({ maxHmacs: fc.nat(80), maxCharacters: fc.nat(10_000) });
    const refusals: fc.Arbitrary<Refusal> = fc.oneof(
      fc.record({
        kind: fc.constant("channel" as const),
        appId: fc.constantFrom("3", "4", "nobody", undefined),
        socketId: anyText(),
        channel: fc.oneof(protectedChannels, anyText()),
        auth: anything,
        channelData: anything,
        isSignedIn: fc.boolean(),
        otherSocketIds: fc.array(anyText()),
        otherChannels: fc.array(anyText()),
      }),
      fc.record({
        kind: fc.constant("user" as const),
        appId: fc.constantFrom("3", undefined),
        socketId: anyText(),
        auth: anything,
        userData: anything,
        otherSocketIds: fc.array(anyText()),
      }),
      fc.record({
        kind: fc.constant("request" as const),
        appId: fc.option(anyText(), { nil: undefined }),
        method: anyText(),
        path: anyText(),
        rawQuery: fc.oneof(
          anyText(),
          anyText().map((text) => `${request(TRIGGER).rawQuery}&${text}`),
        ),
        body: fc.option(fc.uint8Array(), { nil: undefined }),
        nowSeconds: fc.option(fc.nat(), { nil: undefined }),
        windowSeconds: fc.nat(),
        pathPrefixes: fc.array(anyText()),
      }),
    );
    fc.assert(
      fc.property(refusals, limits, fc.boolean(), (refusal, most, hasSecrets) => {
        let hmacs = 0;
        let characters = 0;
        const { cause } = explain(refusal, {
          secrets: hasSecrets ? SECRETS : [],
          md5Hex,
          limits: most,
          hmacHex: (secret, text) => {
            hmacs++;
            characters += text.length;
            return hmacHex(secret, text);
          },
        });
        expect(Object.keys(CAUSES)).toContain(cause);
        expect(hmacs).toBeLessThanOrEqual(most.maxHmacs);
        expect(characters).toBeLessThanOrEqual(most.maxCharacters);
      }),
      { numRuns: 1_000 },
    );
  }, 30_000);

  test("a secret shows nowhere, wherever it was put", () => {
    const places = fc.constantFrom(
      (value: string) => subscription(PRIVATE, { auth: value }),
      (value: string) => subscription(PRIVATE, { auth: `${value}:${value}` }),
      (value: string) => subscription(PRIVATE, { auth: `${KEY}:x${value}${value}` }),
      (value: string) => subscription({ ...PRIVATE, channel: `private-${value}` }),
      (value: string) => subscription(PRESENCE, { channelData: `{"user_id":"${value}"}` }),
      (value: string) => subscription(PRESENCE, { channelData: { [value]: value } }),
      (value: string) => subscription(PRESENCE, { channelData: `{"${value}":1}` }),
      (value: string) => signin({ ...USER, socketId: value }),
      (value: string) => ({ ...request(TRIGGER), rawQuery: `auth_key=${value}&auth_signature=${value}` }),
      (value: string) => ({ ...request(TRIGGER), path: `/apps/3/${value}` }),
      (value: string) => request(TRIGGER, { path: `/apps/${value}/events` }),
    );
    fc.assert(
      fc.property(places, fc.constantFrom(...SECRETS), (place, { value }) => {
        expectNothingSecret(explain(place(value), OPTIONS));
      }),
    );
  });
});

test("docs/pitfalls.md has a section for each cause, in the order of the table, with what is seen, why, and the fix", () => {
  const page = readFileSync(join(import.meta.dir, "../../../../docs/pitfalls.md"), "utf8");
  const sections = page.split(/^### `/m).slice(1);
  expect(sections.map((section) => section.slice(0, section.indexOf("`")))).toEqual(Object.keys(CAUSES));
  for (const section of sections) {
    const points = section.split("\n").filter((line) => line.startsWith("- **"));
    expect(points.map((point) => /^- \*\*(.+):\*\* \S.*\.$/.exec(point)?.[1])).toEqual([
      "What you see",
      "Why",
      "The fix",
    ]);
  }
});

test("every text of the table is a clean line, and each fix a sentence", () => {
  for (const [code, { message, fix }] of Object.entries<(typeof CAUSES)[CauseCode]>(CAUSES)) {
    expect(code).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect([code, message.trim(), message.includes("\n")]).toEqual([code, message, false]);
    expect([code, fix.endsWith("."), fix.includes("\n")]).toEqual([code, true, false]);
  }
});
