import type { FlowJob } from "../job.ts";
import type { Row } from "../row.ts";
import { authorizeRow } from "./authorize-rows.ts";
import { churnRow } from "./churn-row.ts";
import { acceptRow, memoryRow } from "./connect-rows.ts";
import { flowRow } from "./flow-row.ts";
import { slowConsumerRow } from "./slow-consumer-row.ts";

/** The rows of design.md, section 5, in its order. */
export function listRows(churnConnections: number): readonly Row[] {
  return [
    flowRow("fan-out-4", "1 event to 1,000 subscribers, 4 in flight", 1.1, FAN_OUT_4),
    flowRow("fan-out-1", "the same, 1 in flight", 1.1, FAN_OUT_1),
    flowRow("fan-out-20hz", "the same, 20 events a second", 1.1, FAN_OUT_20_HZ),
    flowRow("publish", "signed HTTP publish to 1 subscriber", 1.25, PUBLISH),
    acceptRow("accept-public", "accept, greet, subscribe public", "public"),
    acceptRow("accept-private", "the same, private and verified", "private"),
    authorizeRow("authorize-single", "40 private channels a page, a request for each", false, null),
    authorizeRow("authorize-batched", "40 private channels a page, one request for all", true, 3_000),
    memoryRow(),
    slowConsumerRow(),
    churnRow(churnConnections),
  ];
}

const FAN_OUT_4: FlowJob = {
  kind: "flow",
  subscribers: 1_000,
  publishers: 4,
  pace: { kind: "closed", inFlight: 4 },
  payloadBytes: 100,
  warmUpEvents: 20_000,
  warmUpSeconds: 1,
  seconds: 4,
};
const FAN_OUT_1: FlowJob = { ...FAN_OUT_4, publishers: 1, pace: { kind: "closed", inFlight: 1 } };
// So little is done in a second that CPU time, counted in steps of 10 ms, needs more of them.
const FAN_OUT_20_HZ: FlowJob = { ...FAN_OUT_4, pace: { kind: "open", eventsPerSecond: 20 }, seconds: 8 };
const PUBLISH: FlowJob = {
  ...FAN_OUT_4,
  subscribers: 1,
  publishers: 64,
  pace: { kind: "closed", inFlight: 64 },
};
