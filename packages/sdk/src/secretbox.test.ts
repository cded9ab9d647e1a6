import { describe, expect, test } from "bun:test";
import nacl from "tweetnacl";
import { channelSharedSecret } from "./authorize-channel.ts";
import { fromBase64, toBase64, utf8 } from "./bytes.ts";
import { decryptEventData, secretbox } from "./secretbox.ts";

const MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const DATA =
  '{"nonce":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX","ciphertext":"7WImdiuE+3O15iaUnPWIZksGIjg3kJE/YoFtnVMk5QjV"}';

test("encrypts the worked example to its bytes, and back", async () => {
  const sharedSecret = await channelSharedSecret("private-encrypted-foobar", MASTER_KEY);
  const key = fromBase64(sharedSecret) ?? new Uint8Array();
  const nonce = Uint8Array.from({ length: 24 }, (_, index) => index);
  const ciphertext = secretbox.encrypt(key, nonce, utf8('{"hello":"world"}'));
  expect(JSON.stringify({ nonce: toBase64(nonce), ciphertext: toBase64(ciphertext) })).toBe(DATA);
  expect(decryptEventData(DATA, sharedSecret)).toEqual({ hello: "world" });
  expect(decryptEventData(DATA, key)).toEqual({ hello: "world" });
});

test("is NaCl's secretbox for texts of any length", () => {
  const key = crypto.getRandomValues(new Uint8Array(32));
  for (let length = 0; length < 200; length += 7) {
    const nonce = crypto.getRandomValues(new Uint8Array(24));
    const plaintext = crypto.getRandomValues(new Uint8Array(length));
    expect(secretbox.encrypt(key, nonce, plaintext)).toEqual(nacl.secretbox(plaintext, nonce, key));
  }
});

describe("decryptEventData", () => {
  test("takes text that was not printed as JSON as it is", () => {
    const key = new Uint8Array(32);
    const nonce = new Uint8Array(24);
    const ciphertext = toBase64(nacl.secretbox(utf8("plain"), nonce, key));
    expect(decryptEventData(JSON.stringify({ nonce: toBase64(nonce), ciphertext }), key)).toBe("plain");
  });

  test("refuses another key, and what is not encrypted", async () => {
    const sharedSecret = await channelSharedSecret("private-encrypted-other", MASTER_KEY);
    for (const data of [
      DATA,
      "",
      "{}",
      "text",
      '{"nonce":"AAEC","ciphertext":"AAEC"}',
      '{"nonce":1,"ciphertext":2}',
    ]) {
      expect(() => decryptEventData(data, sharedSecret)).toThrow("was not encrypted with this key");
    }
    expect(() => decryptEventData(DATA, "AAEC")).toThrow("was not encrypted with this key");
  });
});
