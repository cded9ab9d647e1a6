import { expect, test } from "bun:test";
import { signedQuery, signSubscription } from "./signing.ts";

// Vectors: protocol.md, appendix A.1 and A.3.
const credentials = { key: "278d425bdf160c739803", secret: "7ad3773142a6692b25b8" };
const timestamp = 1353088179;

test("signs a private subscription like Pusher's published example", () => {
  expect(signSubscription(credentials, "1234.1234", "private-foobar")).toBe(
    `${credentials.key}:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4`,
  );
});

test("signs channel_data verbatim on a presence subscription", () => {
  const data = '{"user_id":10,"user_info":{"name":"Mr. Pusher"}}';
  expect(signSubscription(credentials, "1234.1234", "presence-foobar", data)).toBe(
    `${credentials.key}:afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c`,
  );
});

const requests = [
  {
    path: "/apps/3/events",
    body: '{"name":"foo","channels":["project-3"],"data":"{\\"some\\":\\"data\\"}"}',
    bodyMd5: "ec365a775a4cd0599faeb73354201b6f",
    signature: "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c",
  },
  {
    path: "/apps/3/events",
    body: '{"name":"ünï","channels":["c"],"data":"\\"żółć\\""}',
    bodyMd5: "4b91afe74a902afd3b2c2d5b9cdcfb04",
    signature: "c27afbbde6577803bbfd5893b3f51e7ed9cfeb2ab27fdc41ac2a0dc74005bedc",
  },
  {
    path: "/apps/3/batch_events",
    body: '{"batch":[{"name":"e1","channel":"c1","data":"1"},{"name":"e2","channel":"c2","data":"2","socket_id":"1234.1234"}]}',
    bodyMd5: "958d5f22e96f5c8f686e1ce3083d4934",
    signature: "2058636835821c5c9655f73977789e19684ccbb66d01296934c788fe58033ca9",
  },
  {
    path: "/apps/3/users/a%20b/terminate_connections",
    body: "{}",
    bodyMd5: "99914b932bd37a50b983c5e7c90ae93b",
    signature: "a5b7d417f5f468b138e97c20e3c36da6f4f738f40dfa0a63523c968046baa9a5",
  },
];

for (const { path, body, bodyMd5, signature } of requests) {
  test(`signs POST ${path} with the body ${body}`, () => {
    expect(signedQuery(credentials, path, body, timestamp)).toBe(
      `auth_key=${credentials.key}&auth_timestamp=${timestamp}&auth_version=1.0&body_md5=${bodyMd5}&auth_signature=${signature}`,
    );
  });
}
