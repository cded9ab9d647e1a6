import { expect, test } from "bun:test";
import { parseOptions } from "./options.ts";

const rows = ["publish", "churn"];

test("five rounds, or one when quick", () => {
  expect(parseOptions([], rows).rounds).toBe(5);
  expect(parseOptions(["--quick"], rows).rounds).toBe(1);
  expect(parseOptions(["--quick", "--rounds", "2"], rows).rounds).toBe(2);
});

test("aims at a running server", () => {
  const args = ["--url", "ws://10.0.0.1:6001", "--app-id", "1", "--key", "k", "--secret", "s"];
  expect(parseOptions(args, rows).target).toEqual({
    host: "10.0.0.1",
    port: 6001,
    appId: "1",
    key: "k",
    secret: "s",
    pid: null,
  });
});

test("measures Usher against itself with something more", () => {
  expect(parseOptions([], rows).extra).toBeNull();
  expect(parseOptions(["--with", "webhooks"], rows).extra).toBe("webhooks");
  expect(() => parseOptions(["--with", "cream"], rows)).toThrow("--with takes console or webhooks");
});

test("says what is wrong with a command line", () => {
  expect(() => parseOptions(["--row", "speed"], rows)).toThrow(
    'there is no row "speed"; there are publish, churn',
  );
  expect(() => parseOptions(["--rounds", "0"], rows)).toThrow("--rounds takes a whole number above zero");
  expect(() => parseOptions(["--url", "ws://h:1"], rows)).toThrow("--url needs --app-id, --key and --secret");
  expect(() => parseOptions(["--url", "https://h/"], rows)).toThrow("--url takes ws://HOST:PORT");
});
