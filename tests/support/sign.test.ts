import { expect, test } from "bun:test";
import { channelAuth, hmacHex, md5Hex, requestStringToSign, userAuth } from "./sign.ts";

// The protocol reference, appendix A: what the suite signs with must itself be right.
const APP = { id: "3", key: "278d425bdf160c739803", secret: "7ad3773142a6692b25b8" };
const SOCKET = "1234.1234";
const Q = "auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0";

test.each([
  ["private-foobar", undefined, "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"],
  [
    "presence-foobar",
    '{"user_id":10,"user_info":{"name":"Mr. Pusher"}}',
    "afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c",
  ],
  [
    "presence-foobar",
    '{"user_id":10,"user_info":{"name":"Mr. Channels"}}',
    "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80",
  ],
  ["presence-foobar", undefined, "71506e66e7fdca106571b8999a849ad34245bc653772e51e0026c1a2475b92ba"],
  [
    "presence-foobar",
    '{"user_id": "10"}',
    "63cdaf5fdaad0fb61ea592daf8cc2b2fbc5c62d82879a3c127600482129b634a",
  ],
  [
    "presence-foobar",
    '{"user_id":"ü1","user_info":{"name":"Zoë 🎉"}}',
    "17901996d685112ebf452d2b501821fe8e0f154d6d2f9ac3cdd051fb8ef60726",
  ],
  [
    "presence-foobar",
    '{"user_id":"\\u00fc1"}',
    "336950c89208ee9c4b5ad4e5a52f34714ea775337144377028af61f4a9f66032",
  ],
  ["private-foobar", '{"tenant":"a"}', "c24eedc2f71a7e787ccdbccddc592bf0586fd6cff330a7d74cfe62884fea4a13"],
])("appendix A.1: signs %s with %s as published", (channel, data, digest) => {
  expect(channelAuth(APP, SOCKET, channel, data)).toBe(`${APP.key}:${digest}`);
});

test("trap 13: the stale vector of the published documentation belongs to an older text", () => {
  const published = '{"user_id":10,"user_info":{"name":"Mr. Channels"}}';
  expect(channelAuth(APP, SOCKET, "presence-foobar", published)).not.toContain("afaed3695da2");
});

test("appendix A.1: signs users as published", () => {
  expect(userAuth(APP, SOCKET, '{"id":"12345"}')).toBe(
    `${APP.key}:4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba`,
  );
});

const REQUESTS: readonly (readonly [string, string, readonly (readonly [string, string])[], string])[] = [
  ["GET", "/apps/3/channels", [], "1cafa6382331c976588eb6bd3925a988e4158402be06c4626d0e97d2981f5382"],
  [
    "GET",
    "/apps/3/channels",
    [
      ["info", "user_count"],
      ["filter_by_prefix", "presence-"],
    ],
    "16819168891cb5dfd72b5c7a5d3d602605b26c6ba1930033b5e2eeeb65010291",
  ],
  [
    "GET",
    "/apps/3/channels/presence-foobar",
    [["info", "user_count,subscription_count"]],
    "377ee9260ea002a70c0d40cd887d55cb36db9f7f821297f5efacbcce66be356d",
  ],
  [
    "GET",
    "/apps/3/channels/presence-foobar/users",
    [["body_md5", md5Hex("")]],
    "3d68b512095fd42cb6741cc80616761b1c77d00fcc4d6d9740f09504a4b761b0",
  ],
  [
    "POST",
    "/apps/3/events",
    [["body_md5", md5Hex('{"name":"foo","channels":["project-3"],"data":"{\\"some\\":\\"data\\"}"}')]],
    "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c",
  ],
  [
    "POST",
    "/apps/3/users/a%20b/terminate_connections",
    [["body_md5", md5Hex("{}")]],
    "a5b7d417f5f468b138e97c20e3c36da6f4f738f40dfa0a63523c968046baa9a5",
  ],
  [
    "POST",
    "/apps/3/events",
    [["body_md5", md5Hex('{"name":"ünï","channels":["c"],"data":"\\"żółć\\""}')]],
    "c27afbbde6577803bbfd5893b3f51e7ed9cfeb2ab27fdc41ac2a0dc74005bedc",
  ],
  [
    "POST",
    "/apps/3/events",
    [
      ["name", "foo"],
      ["channels[]", "a"],
      ["data", "x"],
      ["channels[]", "b"],
    ],
    "04e666ab371eb9c7ca39d9ed1bc77d310d69a88358b790e1255609e4e51d9876",
  ],
  [
    "GET",
    "/apps/3/channels",
    [["Name", "Something else"]],
    "e661e8bf75b3959cbeab2cee466c873b918e39bfd0980693aadf77d4da8ba77c",
  ],
];

test.each(REQUESTS)("appendix A.3: signs %s %s with %j as published", (method, path, query, signature) => {
  const auth = Q.split("&").map((part) => part.split("=") as [string, string]);
  expect(hmacHex(APP.secret, requestStringToSign(method, path, [...query, ...auth]))).toBe(signature);
});

test("appendix A.3: the text to sign is the published one", () => {
  const query: [string, string][] = [
    ["auth_version", "1.0"],
    ["body_md5", "ec365a775a4cd0599faeb73354201b6f"],
    ["auth_key", APP.key],
    ["auth_signature", "left out"],
    ["auth_timestamp", "1353088179"],
  ];
  expect(requestStringToSign("post", "/apps/3/events", query)).toBe(
    `POST\n/apps/3/events\n${Q}&body_md5=ec365a775a4cd0599faeb73354201b6f`,
  );
});
