import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import fc from "fast-check";
import {
  alternativeHttpStringsToSign,
  httpStringToSign,
  parseQuery,
  type QueryParameter,
  queryValue,
  queryValues,
  usualHttpStringToSign,
} from "./http-signature.ts";
import { anyText } from "./testing/arbitraries.ts";
import { hmacHex } from "./testing/hmac.ts";
import { HTTP_EXAMPLES } from "./testing/worked-examples.ts";

describe("the worked examples", () => {
  test.each(HTTP_EXAMPLES)("$method $path?$rawQuery is signed as published ($source)", (example) => {
    const query = parseQuery(example.rawQuery);
    const text = httpStringToSign(example.method, example.path, query);
    expect(text).toBe(example.stringToSign);
    expect(hmacHex(example.secret, text)).toBe(example.digest);
  });

  test.each(HTTP_EXAMPLES)(
    "$method $path: body_md5, where given, is that of the body",
    ({ rawQuery, body }) => {
      const given = queryValue(parseQuery(rawQuery), "body_md5");
      if (given !== undefined) expect(createHash("md5").update(body).digest("hex")).toBe(given);
      else expect(body).toBe("");
    },
  );
});

const plainKeys = fc.string({ unit: fc.constantFrom(..."abcxyz_019"), minLength: 1, maxLength: 6 });

/** Parameters with distinct keys, as honest clients send them. */
function parameters(): fc.Arbitrary<QueryParameter[]> {
  return fc.uniqueArray(fc.tuple(plainKeys, anyText()), { selector: ([key]) => key });
}

describe("the text of a request", () => {
  test("does not depend on the order of the parameters", () => {
    const shuffled = parameters().chain((query) =>
      fc.tuple(fc.constant(query), fc.shuffledSubarray(query, { minLength: query.length })),
    );
    fc.assert(
      fc.property(shuffled, ([query, other]) => {
        expect(httpStringToSign("GET", "/p", other)).toBe(httpStringToSign("GET", "/p", query));
      }),
    );
  });

  test("leaves out auth_signature, wherever it stands and however it is spelled", () => {
    const spelling = fc.constantFrom(
      "auth_signature",
      "AUTH_SIGNATURE",
      "Auth_Signature",
      "%61uth_signature",
    );
    fc.assert(
      fc.property(parameters(), spelling, anyText(), fc.nat(5), (query, key, value, at) => {
        const sent = [...parseQuery(`${key}=x`), ["auth_signature", value] as const];
        const signed = [...query.slice(0, at), ...sent, ...query.slice(at)];
        expect(httpStringToSign("GET", "/p", signed)).toBe(httpStringToSign("GET", "/p", query));
      }),
    );
  });

  test("has keys in lower case and sorted, values as they are", () => {
    const query = parseQuery("Zeta=Z%25%26%3D%20z&alpha=&BETA=B");
    expect(httpStringToSign("GET", "/apps/3/x", query)).toBe("GET\n/apps/3/x\nalpha=&beta=B&zeta=Z%&= z");
  });

  test("keeps the elements of an array in order, under the array's bare name", () => {
    fc.assert(
      fc.property(fc.array(anyText(), { minLength: 1 }), (values) => {
        const query = [["z", "1"], ...values.map((value) => ["m[]", value] as const), ["a", "0"]] as const;
        const expected = ["a=0", ...values.map((value) => `m[]=${value}`), "z=1"].join("&");
        expect(httpStringToSign("POST", "/p", query)).toBe(`POST\n/p\n${expected}`);
      }),
    );
  });

  test("sorts an array under its bare name, not under its brackets", () => {
    const query = parseQuery("channels[]=b&channels2=x&channels[]=a&channelsa=y");
    expect(httpStringToSign("POST", "/p", query)).toEndWith(
      "channels[]=b&channels[]=a&channels2=x&channelsa=y",
    );
  });

  test("takes the last of a plain key that repeats, which is also the one that is read", () => {
    const query = parseQuery("a=1&b=3&a[]=4&A=2");
    expect(httpStringToSign("GET", "/p", query)).toBe("GET\n/p\na=2&a[]=4&b=3");
    expect(queryValue(query, "a")).toBe("2");
  });

  test("differs for another method, path, key or value", () => {
    const one = httpStringToSign("GET", "/p", [["a", "1"]]);
    const others = [
      httpStringToSign("POST", "/p", [["a", "1"]]),
      httpStringToSign("GET", "/P", [["a", "1"]]),
      httpStringToSign("GET", "/p", [["b", "1"]]),
      httpStringToSign("GET", "/p", [["a", "2"]]),
      httpStringToSign("GET", "/p", [["a[]", "1"]]),
    ];
    expect(others).not.toContain(one);
  });
});

describe("a query string", () => {
  test("comes back decoded, in order", () => {
    const escaped = fc.array(
      fc.tuple(anyText(), anyText()).filter((pair) => pair.every((text) => text.isWellFormed())),
    );
    fc.assert(
      fc.property(escaped, (pairs) => {
        const text = pairs.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
        expect(parseQuery(text)).toEqual(pairs.map(([key, value]) => [key.toLowerCase(), value]));
      }),
    );
  });

  test("never throws, whatever it holds", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const query = parseQuery(text);
        queryValue(query, "auth_key");
        queryValues(query, "channels");
        for (const other of alternativeHttpStringsToSign("GET", text, text, query)) {
          expect(other).toStartWith("GET\n");
        }
      }),
    );
  });

  test.each([
    ["a=1&b=2", ["a", "1", "b", "2"]],
    ["a", ["a", ""]],
    ["a=", ["a", ""]],
    ["a==b", ["a", "=b"]],
    ["&&a=1&", ["a", "1"]],
    ["a=%2B+%20", ["a", "++ "]],
    ["a=%zz%C3", ["a", "%zz%C3"]],
    ["%61=%C3%BC", ["a", "ü"]],
    ["", []],
  ])("%s is read as %j", (text, expected) => {
    expect(parseQuery(text).flat()).toEqual(expected);
  });

  test("gives the elements of an array by its bare name", () => {
    const query = parseQuery("channels[]=a&name=n&channels%5B%5D=b&channels=c");
    expect(queryValues(query, "channels")).toEqual(["a", "b"]);
    expect(queryValue(query, "channels")).toBe("c");
    expect(queryValue(query, "missing")).toBeUndefined();
  });
});

describe("what else an honest client may have signed", () => {
  const alternatives = (path: string, rawQuery: string) =>
    alternativeHttpStringsToSign("GET", path, rawQuery, parseQuery(rawQuery));

  test("is nothing for an ordinary request", () => {
    expect(alternatives("/apps/3/channels", "info=user_count%2Ccache")).toEqual([]);
  });

  test("is the path before escaping", () => {
    expect(alternatives("/users/a%20b", "")).toEqual(["GET\n/users/a b\n"]);
  });

  test("is a space where a plus sign stands", () => {
    expect(alternatives("/p", "a=x+y%2Bz")).toEqual(["GET\n/p\na=x y+z"]);
    expect(alternatives("/a%20b", "a=+")).toHaveLength(3);
  });
});

describe("a query in the usual form", () => {
  const hex = (length: number) =>
    fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length });
  const usual = fc
    .record({
      key: fc.stringMatching(/^[\w.-]{1,40}$/),
      timestamp: fc.nat(),
      md5: hex(32),
      signature: hex(64),
    })
    .map(
      ({ key, timestamp, md5, signature }) =>
        `auth_key=${key}&auth_timestamp=${timestamp}&auth_version=1.0&body_md5=${md5.join("")}&auth_signature=${signature.join("")}`,
    );

  test("is read as any other", () => {
    fc.assert(
      fc.property(usual, (query) => {
        // An empty parameter, which is nobody's, takes the query out of the usual form.
        expect(parseQuery(query)).toEqual(parseQuery(`${query}&`));
      }),
    );
  });

  test("is signed as any other", () => {
    fc.assert(
      fc.property(usual, (query) => {
        const text = usualHttpStringToSign("POST", "/apps/1/events", query);
        expect(text).toBe(httpStringToSign("POST", "/apps/1/events", parseQuery(query)));
      }),
    );
  });

  test.each([
    "auth_key=a&auth_timestamp=1",
    "auth_timestamp=1&auth_key=a&auth_version=1.0&body_md5=0&auth_signature=0",
    `auth_key=a%20b&auth_timestamp=1&auth_version=1.0&body_md5=${"0".repeat(32)}&auth_signature=${"0".repeat(64)}`,
    `auth_key=a&auth_timestamp=1&auth_version=1.0&body_md5=${"0".repeat(32)}&auth_signature=${"0".repeat(64)}&x=1`,
  ])("is not %s", (query) => {
    expect(usualHttpStringToSign("POST", "/apps/1/events", query)).toBeUndefined();
  });
});
