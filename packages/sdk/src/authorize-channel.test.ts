import { describe, expect, test } from "bun:test";
import { CHANNEL_EXAMPLES, EXAMPLE_APP, USER_EXAMPLES } from "@usher/protocol/testing";
import { channelSharedSecret, signChannel, signUser } from "./authorize-channel.ts";
import { ParameterError } from "./parameter-error.ts";

const KEY = EXAMPLE_APP.key;
const BYTES_0_TO_31 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

describe("signChannel", () => {
  for (const { source, secret, socketId, channel, channelData, stringToSign, digest } of CHANNEL_EXAMPLES) {
    test(`signs ${stringToSign.slice(0, 80)} (${source.slice(0, 60)})`, async () => {
      const signed = await signChannel({ key: KEY, secret, socketId, channel, channelData });
      expect(signed).toEqual({
        auth: `${KEY}:${digest}`,
        ...(channelData === undefined ? {} : { channel_data: channelData }),
      });
    });
  }

  test("signs nothing for a socket id that does not match as a whole", async () => {
    for (const socketId of [
      "",
      "1",
      "1.",
      ".1",
      "1.1\n",
      "1.1:private-a",
      "1.1:x\n1.1",
      " 1.1",
      "１.１",
      "a.b",
    ]) {
      const signing = signChannel({ key: KEY, secret: "tofu", socketId, channel: "private-a" });
      await expect(signing).rejects.toMatchObject({
        code: "socket_id_invalid",
        message: `Invalid socket id: '${socketId}'`,
      });
    }
  });

  test("signs nothing for a channel name that does not match as a whole", async () => {
    for (const channel of ["", "private-a\n", "private-a:b", "private a", "private-ü", "#server-to-user-7"]) {
      const signing = signChannel({ key: KEY, secret: "tofu", socketId: "1.1", channel });
      await expect(signing).rejects.toBeInstanceOf(ParameterError);
      await expect(signing).rejects.toMatchObject({
        code: "channel_name_invalid",
        message: `Invalid channel name: '${channel}'`,
      });
    }
    const long = signChannel({ key: KEY, secret: "tofu", socketId: "1.1", channel: "c".repeat(201) });
    await expect(long).rejects.toMatchObject({ code: "channel_name_too_long" });
  });

  test("signs nothing for values that are no text, as an untyped request body may have them", async () => {
    for (const wrong of [undefined, null, 1.1, ["1.1"], { toString: () => "1.1" }]) {
      const value = wrong as unknown as string;
      await expect(
        signChannel({ key: KEY, secret: "tofu", socketId: value, channel: "private-a" }),
      ).rejects.toMatchObject({ code: "socket_id_invalid" });
      await expect(
        signChannel({ key: KEY, secret: "tofu", socketId: "1.1", channel: value }),
      ).rejects.toMatchObject({ code: "channel_name_invalid" });
    }
  });
});

describe("signUser", () => {
  for (const { secret, socketId, userData, stringToSign, digest } of USER_EXAMPLES) {
    test(`signs ${stringToSign}`, async () => {
      expect(await signUser({ key: KEY, secret, socketId, userData })).toEqual({
        auth: `${KEY}:${digest}`,
        user_data: userData,
      });
    });
  }

  test("signs nothing for a socket id that could move the border to the user data", async () => {
    const signing = signUser({ key: KEY, secret: "tofu", socketId: "1.1::user::x", userData: "{}" });
    await expect(signing).rejects.toMatchObject({ code: "socket_id_invalid" });
  });
});

describe("channelSharedSecret", () => {
  const examples = [
    [
      "zyrm8pvV2C9fJcBfhyXzvxbJVN/H7QLmbe0xJi1GhPU=",
      "private-encrypted-bla",
      "nlr49ISQHz91yS3cy/yWmW8wFMNeTnNL5tNHnbPJcLQ=",
    ],
    [
      new Uint8Array(32).fill(97),
      "private-encrypted-channel-a",
      "Rp+wpkNpL89qhqco1JkIG31AVXyU8PUVJBr1B2MvdoA=",
    ],
    [BYTES_0_TO_31, "private-encrypted-foobar", "g3Au6SZ+UCU+IMfFsFva0rq+Gi4tzSHR6WCcWZbS9sY="],
    [BYTES_0_TO_31, "private-encrypted-cache-foobar", "ZIyrVD+0Bk6W0N6MalhVZjcRCf/fF2zNDPkN9Kb3hoA="],
  ] as const;
  for (const [masterKey, channel, sharedSecret] of examples) {
    test(`is ${sharedSecret} for ${channel}`, async () => {
      expect(await channelSharedSecret(channel, masterKey)).toBe(sharedSecret);
    });
  }

  test("refuses a master key that is not 32 bytes, without repeating it", async () => {
    for (const wrong of [
      "",
      "AAEC",
      "not base64!",
      BYTES_0_TO_31.slice(0, -1),
      ` ${BYTES_0_TO_31}`,
      "a".repeat(32),
    ]) {
      const deriving = channelSharedSecret("private-encrypted-a", wrong);
      await expect(deriving).rejects.toMatchObject({ code: "option_invalid" });
      if (wrong !== "") await expect(deriving).rejects.not.toThrow(wrong);
    }
  });
});
