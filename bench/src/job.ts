/** What the comparison asks of the load generator, and what it hears back: plain JSON between two processes. */

/** The server to load. `pid` is the process whose CPU time and memory are read; without it those figures are null. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly appId: string;
  readonly key: string;
  readonly secret: string;
  readonly pid: number | null;
}

export type Job = FlowJob | ConnectJob | AuthorizeJob | SlowConsumerJob | ChurnJob;

/** Events published over HTTP to one channel with many subscribers, for a time. */
export interface FlowJob {
  readonly kind: "flow";
  readonly subscribers: number;
  /** Keep-alive HTTP connections, each with one request in flight at most. */
  readonly publishers: number;
  readonly pace: Pace;
  readonly payloadBytes: number;
  /** Published to nobody before anything else, for the compiler that works at run time: a slow pace never would warm it. */
  readonly warmUpEvents: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** Closed: an event goes out when an earlier one has reached everybody. Open: at a fixed rate, come what may. */
export type Pace =
  | { readonly kind: "closed"; readonly inFlight: number }
  | { readonly kind: "open"; readonly eventsPerSecond: number };

/** Connections opened, greeted, subscribed, and then left alone. */
export interface ConnectJob {
  readonly kind: "connect";
  readonly sockets: number;
  readonly access: Access;
  /** Connections opened and closed first, so that the server's code is compiled before it is measured. */
  readonly warmUpSockets: number;
  /** How long the sockets stay idle before memory is read. */
  readonly settleSeconds: number;
}

export type Access = "public" | "private" | "presence";

/** Pages that join many private channels each, with signatures from an endpoint of the app's own. */
export interface AuthorizeJob {
  readonly kind: "authorize";
  readonly pages: number;
  readonly channels: number;
  readonly warmUpPages: number;
  readonly pagesAtOnce: number;
  /** One request for all channels of a page, or one for each. */
  readonly isBatched: boolean;
  readonly requestsInFlight: number;
  readonly endpointPort: number;
  readonly endpointPid: number;
}

/** A flood of events to subscribers of which some stop reading. */
export interface SlowConsumerJob {
  readonly kind: "slow consumer";
  readonly healthy: number;
  /** Subscribers that stop reading and read on after `readOnAfterEvents`, in time to see why they are closed. */
  readonly pausing: number;
  /** Subscribers that read on when the flood is over, which may be long after a server has given them up. */
  readonly stalled: number;
  readonly readOnAfterEvents: number;
  readonly events: number;
  readonly payloadBytes: number;
}

/** Connections that come and go in every way there is. */
export interface ChurnJob {
  readonly kind: "churn";
  readonly connections: number;
  /** Connections open at one time. */
  readonly concurrency: number;
}

export type Outcome = FlowOutcome | ConnectOutcome | AuthorizeOutcome | SlowConsumerOutcome | ChurnOutcome;

export type OutcomeOf<J extends Job> = Extract<Outcome, { readonly kind: J["kind"] }>;

export interface FlowOutcome {
  readonly kind: "flow";
  /** Events that reached every subscriber inside the measured window. */
  readonly events: number;
  readonly deliveries: number;
  /** Deliveries that never came, duplicates counted against them. */
  readonly lost: number;
  readonly httpErrors: number;
  readonly firstError: string | null;
  /** Events that an open loop left out because every HTTP connection was busy when they were due. */
  readonly late: number;
  readonly latency: Latency;
  readonly usage: Usage;
}

/** From the moment an event is sent to the moment the last of the subscribers has it, in milliseconds. */
export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What a stretch of time cost. Busy is in cores: 0.95 means that one core was all but used up. */
export interface Usage {
  readonly seconds: number;
  readonly serverCpuSeconds: number | null;
  readonly serverBusy: number | null;
  readonly generatorBusy: number;
}

export interface ConnectOutcome {
  readonly kind: "connect";
  readonly subscribed: number;
  readonly failed: number;
  readonly firstError: string | null;
  readonly usage: Usage;
  readonly rssBeforeKb: number | null;
  readonly rssAfterKb: number | null;
}

export interface AuthorizeOutcome {
  readonly kind: "authorize";
  readonly subscribed: number;
  /** To the endpoint, those of the warm-up included. */
  readonly requests: number;
  readonly usage: Usage;
  readonly endpointCpuSeconds: number | null;
}

export interface SlowConsumerOutcome {
  readonly kind: "slow consumer";
  /** Resident memory after a flood that everybody read, and the most there was while some did not. */
  readonly rssBeforeKb: number | null;
  readonly rssPeakKb: number | null;
  /** Deliveries to the healthy subscribers that never came or came out of order. */
  readonly healthyLost: number;
  readonly httpErrors: number;
  readonly firstError: string | null;
  readonly pausing: readonly SlowEnding[];
  readonly stalled: readonly SlowEnding[];
}

/** What a subscriber that had stopped reading found when it read on. */
export interface SlowEnding {
  readonly eventsRead: number;
  /** True when an event was missing between two that came. */
  readonly sawHole: boolean;
  /** The code of the close frame; null when the connection ended without one or did not end. */
  readonly closeCode: number | null;
  readonly errorFrame: string | null;
  readonly ended: boolean;
}

export interface ChurnOutcome {
  readonly kind: "churn";
  readonly connections: number;
  readonly failed: number;
  /** Resident memory after each hundredth of the connections. */
  readonly rssKb: readonly number[];
  readonly usage: Usage;
}
