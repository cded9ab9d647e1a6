import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ConsoleEntry as ServerEntry } from "../../../../server/src/console/console-entry.ts";
import { entryFilter } from "../../../../server/src/console/entry-filter.ts";
import type { ConsoleEntry } from "../../api/console.ts";
import { entryMatches } from "./entry-matches.ts";

const word = fc.constantFrom("private-a", "Private-b", "7", "8", "client-x", "200", "wh_1", "a");
const field = fc.constantFrom("type", "channel", "event", "user", "socket", "code", "webhook", "unknown", "");
const term = fc
  .tuple(fc.boolean(), field, word, fc.boolean())
  .map(
    ([isNot, name, value, isPrefix]) =>
      `${isNot ? "-" : ""}${name && `${name}:`}${value}${isPrefix ? "*" : ""}`,
  );
const query = fc.array(fc.oneof(term, fc.string()), { maxLength: 4 }).map((terms) => terms.join(" "));
const type = fc.constantFrom("subscribed", "webhook", "refused");
const optional = fc.option(word, { nil: undefined });

test("a filter finds here what it finds at the server", () => {
  fc.assert(
    fc.property(
      fc.array(type),
      query,
      type,
      optional,
      optional,
      optional,
      optional,
      (types, text, kind, a, b, c, d) => {
        const shared = {
          id: 1,
          type: kind,
          ...(a && { channel: a }),
          ...(b && { event: b }),
          ...(d && { code: d }),
        };
        const there: ServerEntry = { ...shared, atMs: 0, ...(c && { userId: c, webhookId: c, socketId: c }) };
        const here: ConsoleEntry = {
          ...shared,
          at: "",
          ...(c && { user_id: c, webhook_id: c, socket_id: c }),
        };
        expect(entryMatches({ types, query: text })(here)).toBe(entryFilter(types, text)(there));
      },
    ),
    { numRuns: 2_000 },
  );
});
