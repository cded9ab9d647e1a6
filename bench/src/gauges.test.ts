import { expect, test } from "bun:test";
import { parseGauges } from "./gauges.ts";

test("picks the gauges that count what connections leave behind", () => {
  const text = [
    "# HELP usher_connections Open connections.",
    "# TYPE usher_connections gauge",
    'usher_connections{app="1",note="a b"} 3',
    "# TYPE usher_connections_opened_total counter",
    "usher_connections_opened_total 12",
    "# TYPE process_resident_memory_bytes gauge",
    "process_resident_memory_bytes 5e7",
    "# TYPE usher_connection_limit gauge",
    "usher_connection_limit 100",
    "# TYPE usher_channels gauge",
    "usher_channels 0",
    "",
  ].join("\n");
  expect([...parseGauges(text)]).toEqual([
    ['usher_connections{app="1",note="a b"}', 3],
    ["usher_channels", 0],
  ]);
});
