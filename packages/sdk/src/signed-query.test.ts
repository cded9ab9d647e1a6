import { afterEach, describe, expect, setSystemTime, test } from "bun:test";
import { httpStringToSign, parseQuery } from "@usher/protocol";
import { anyText, EXAMPLE_APP, HTTP_EXAMPLES, hmacHex } from "@usher/protocol/testing";
import fc from "fast-check";
import { signedQueryString } from "./signed-query.ts";
import { officialLibrary } from "./testing/official-library.ts";
import { Token } from "./token.ts";

const { id, key, secret } = EXAMPLE_APP;
const TIMESTAMP = 1353088179;
const token = new Token(key, secret);

afterEach(() => {
  setSystemTime();
});

/** Parameters besides those of the signature; undefined where the example is of something that we do not do. */
function ownParams(rawQuery: string): Record<string, string> {
  const own = parseQuery(rawQuery).filter(([name]) => !name.startsWith("auth_") && name !== "body_md5");
  return Object.fromEntries(own);
}

describe("the worked examples", () => {
  const ours = HTTP_EXAMPLES.filter(({ body, rawQuery }) => {
    const hasMd5OfNothing = body === "" && rawQuery.includes("body_md5=");
    return !hasMd5OfNothing && !rawQuery.includes("[]");
  });

  test("are nearly all of them ours", () => {
    expect(ours.length).toBeGreaterThanOrEqual(HTTP_EXAMPLES.length - 3);
  });

  test.each(ours)("$method $path?$rawQuery is signed as published ($source)", async (example) => {
    const given = parseQuery(example.rawQuery);
    const value = (name: string): string => given.find(([candidate]) => candidate === name)?.[1] ?? "";
    const query = await signedQueryString(
      new Token(value("auth_key"), example.secret),
      {
        method: example.method,
        path: example.path,
        params: ownParams(example.rawQuery),
        body: example.body,
      },
      Number(value("auth_timestamp")) * 1000 + 999,
    );
    expect(query).toEndWith(`&auth_signature=${example.digest}`);
  });
});

describe("beside the official library", () => {
  const official = officialLibrary({ appId: id, key, secret, host: "127.0.0.1" });

  async function ofBoth(request: {
    readonly method: string;
    readonly path: string;
    readonly params?: Readonly<Record<string, string>>;
    readonly body?: string;
  }): Promise<readonly [string, string]> {
    setSystemTime(TIMESTAMP * 1000);
    const theirs = official.createSignedQueryString({ ...request, params: request.params ?? {} });
    return [await signedQueryString(token, request, TIMESTAMP * 1000), theirs];
  }

  test("gives the same query string, byte for byte", async () => {
    const names = fc.stringMatching(/^[a-z][a-z_]{0,12}$/).filter((name) => !/^auth_|^body_md5$/.test(name));
    const values = fc.stringMatching(/^[A-Za-z0-9\-._~!$'()*,;:@/?=[\]]{0,30}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("GET", "POST", "get"),
        fc.dictionary(names, values, { noNullPrototype: true }),
        fc.option(anyText(), { nil: "" }),
        async (method, params, body) => {
          const [ours, theirs] = await ofBoth({ method, path: "/apps/3/channels", params, body });
          expect(ours).toBe(theirs);
        },
      ),
    );
  });

  test("signs the same text where ours escapes what theirs leaves to the HTTP client", async () => {
    for (const value of ["a b", "żółć", "🎉", '"<>']) {
      const [ours, theirs] = await ofBoth({ method: "GET", path: "/apps/3/channels", params: { value } });
      expect(ours).toBe(theirs.replace(value, encodeURIComponent(value)));
    }
  });
});

test("a server reads back every value, and finds the signature right", async () => {
  await fc.assert(
    fc.asyncProperty(anyText(), async (value) => {
      const query = await signedQueryString(token, { method: "GET", path: "/p", params: { value } }, 0);
      const received = new URL(`http://127.0.0.1/p?${query}`);
      const parameters = parseQuery(received.search.slice(1));
      expect(parameters).toContainEqual(["value", value.toWellFormed()]);
      const signature = parameters.find(([name]) => name === "auth_signature")?.[1];
      expect(signature).toBe(hmacHex(secret, httpStringToSign("GET", "/p", parameters)));
    }),
  );
});

test("the names that a signature needs cannot be given", async () => {
  for (const name of [
    "auth_key",
    "auth_timestamp",
    "auth_version",
    "auth_signature",
    "body_md5",
    "AUTH_KEY",
  ]) {
    await expect(
      signedQueryString(token, { method: "GET", path: "/p", params: { [name]: "x" } }, 0),
    ).rejects.toThrow(`${name} is a required parameter and cannot be overidden`);
  }
});

test("writes lists with commas and leaves out what is undefined", async () => {
  const params = {
    info: ["user_count", "subscription_count"],
    filter_by_prefix: undefined,
    limit: 5,
    all: true,
  };
  expect(await signedQueryString(token, { method: "GET", path: "/p", params }, 0)).toStartWith(
    `all=true&auth_key=${key}&auth_timestamp=0&auth_version=1.0&info=user_count,subscription_count&limit=5&`,
  );
});
