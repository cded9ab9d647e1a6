import { expect, test } from "bun:test";
import type { RequestOrigin } from "../admin/route.ts";
import { adminEdge } from "./admin-edge.ts";

function edge(trustProxy: boolean, pathPrefix = "") {
  const seen: RequestOrigin[] = [];
  const answer = adminEdge({
    api: async (_, origin) => {
      seen.push(origin);
      return new Response();
    },
    pathPrefix,
    trustProxy,
  });
  return { answer: (request: Request) => answer(request, () => "192.0.2.7"), seen };
}

test.each([
  ["/admin/v1/session", "", true],
  ["/admin/v1/", "", true],
  ["/admin/v1", "", false],
  ["/admin/v10/session", "", false],
  ["/admin/", "", false],
  ["/", "", false],
  ["/realtime/admin/v1/session", "/realtime", true],
  ["/admin/v1/session", "/realtime", false],
])("%s below %p is for the admin API: %p", (path, prefix, isAdmin) => {
  const { answer } = edge(false, prefix);
  expect(answer(new Request(`http://usher.test${path}`)) !== undefined).toBe(isAdmin);
});

test("only a trusted proxy says that a request came by https, and nobody that it came from within", async () => {
  const headers = { "x-forwarded-proto": "https", "x-usher-in-process": "true" };
  for (const trustProxy of [true, false]) {
    const { answer, seen } = edge(trustProxy);
    await answer(new Request("http://usher.test/admin/v1/session", { headers }));
    expect(seen).toEqual([{ address: "192.0.2.7", isTls: trustProxy }]);
  }
});
