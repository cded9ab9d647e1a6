import type { Connection } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import { SeededRandom } from "../../../testing/seeded-random.ts";
import { placeKey } from "../place-key.ts";
import { MemoryPlaceServer } from "./memory-place-server.ts";
import { MemoryNetwork } from "./memory-place-store.ts";
import { OutcomeLedger } from "./outcome-ledger.ts";
import { APP, SimulatedNode } from "./simulated-node.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface SimulationReport {
  readonly seed: number;
  readonly faults: Readonly<Record<Fault, number>>;
  /** How long members who were gone were shown, at most, by nodes that were well; milliseconds. */
  readonly longestGhostMs: number;
  readonly outcomes: number;
  readonly repeatedOutcomes: number;
  /** Outcomes that died with the node that had asked for the change. */
  readonly lostOutcomes: number;
}

type Fault = "kill" | "pause" | "cut" | "outage" | "loss" | "clockJump" | "forget" | "stop";

interface Client {
  readonly node: SimulatedNode;
  readonly connection: Connection;
  /** The member that it belongs to, on presence channels. */
  readonly channels: Map<ChannelName, string | undefined>;
  user: string | undefined;
  watchlist: readonly string[];
}

const PRESENCE = ["presence-a", "presence-b"] as unknown as readonly ChannelName[];
const CHANNELS = [...PRESENCE, "private-c" as ChannelName, "d" as ChannelName];
const USERS = ["1", "2", "3", "__proto__"] as const;
const SLOTS = 10;
const GHOST_BOUND_MS = 15_000;
/** For leases to end, the dead to be found and reaped, and what was lost without a trace to be noticed. */
const QUIET_MS = 30_000;
/** For places to be closed that nobody wants any more. */
const CLOSING_MS = 15_000;
/** Shorter than the store remembers its answers. */
const LONGEST_FAULT_MS = 25_000;

/**
 * Plays a few minutes of a cluster: clients come and go, nodes are killed, paused and cut off, the store goes away. Throws
 * when a client is told nonsense, when a ghost stays too long, or when after a quiet time lists, events, claims and outcomes
 * are not the truth. The same seed plays the same.
 */
export function simulate(seed: number): SimulationReport {
  const simulation = new Simulation(seed);
  try {
    simulation.run();
  } catch (error) {
    const story = simulation.story.slice(-40).join("\n");
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${story}`, { cause: error });
  }
  return simulation.report();
}

class Simulation {
  readonly story: string[] = [];
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #time = new VirtualTime();
  readonly #server: MemoryPlaceServer;
  readonly #network: MemoryNetwork;
  readonly #ledger: OutcomeLedger;
  readonly #nodes: SimulatedNode[] = [];
  readonly #clients = new Map<number, Client>();
  readonly #protests: string[] = [];
  readonly #faults = { kill: 0, pause: 0, cut: 0, outage: 0, loss: 0, clockJump: 0, forget: 0, stop: 0 };
  /** Since when nobody has been on a channel under an id; by channel and id. */
  readonly #absentSinceMs = new Map<string, number>();
  readonly #longestDelayMs: number;
  #clockOffsetMs = 0;
  /** Since the store last forgave an outage. */
  #hasJumped = false;
  #messageLoss = 0;
  #storeAwayUntilMs = 0;
  #faultsUntilMs = 0;
  #longestGhostMs = 0;
  #lastNode = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#longestDelayMs = this.#random.pick([2, 20, 300]);
    this.#server = new MemoryPlaceServer(() => 1_700_000_000_000 + this.#time.nowMs + this.#clockOffsetMs);
    this.#network = new MemoryNetwork(this.#server);
    this.#ledger = new OutcomeLedger();
    this.#server.onOutcome = (ref, by, outcome, isReaped) => this.#ledger.made(ref, by, outcome, isReaped);
    this.#server.onAnswerForgotten = (ref, outcome) => this.#ledger.answerForgotten(ref, outcome);
    this.#server.onForgiven = () => this.#forgiven();
    const count = this.#random.pick([3, 4, 5]);
    for (let left = count; left > 0; left--) this.#begin();
  }

  run(): void {
    for (let left = 60; left > 0; left--) {
      this.#step();
      this.#pass(this.#random.pick([0, 5, 50, 400, 1_500]));
    }
    this.#quiet();
    this.#expectTruth();
    for (const slot of [...this.#clients.keys()]) this.#disconnect(slot);
    this.#pass(CLOSING_MS);
    this.#expectNothingLeft();
  }

  report(): SimulationReport {
    const { count, repeated, lost } = this.#ledger;
    return {
      seed: this.#seed,
      faults: this.#faults,
      longestGhostMs: this.#longestGhostMs,
      outcomes: count,
      repeatedOutcomes: repeated,
      lostOutcomes: lost,
    };
  }

  #step(): void {
    const random = this.#random;
    if (random.chance(0.8)) this.#clientStep();
    else this.#fault();
    if (this.#nodes.length < 3 && random.chance(0.3)) this.#begin();
  }

  #clientStep(): void {
    const random = this.#random;
    const slot = Math.floor(random.next() * SLOTS);
    const client = this.#clients.get(slot);
    if (!client) {
      this.#connect(slot);
      return;
    }
    const channel = random.pick(CHANNELS);
    const user = random.pick(USERS);
    const what = random.next();
    client.node.process.take(() => {
      if (this.#clients.get(slot) !== client) return;
      if (what < 0.1) this.#disconnect(slot);
      else if (what < 0.25) this.#signIn(slot, client, user);
      else if (client.channels.has(channel)) this.#leave(slot, client, channel);
      else this.#join(slot, client, channel, user);
    });
  }

  // --- what clients do

  #connect(slot: number): void {
    const running = this.#nodes.filter(({ process }) => process.isRunning);
    if (running.length === 0) return;
    const node = this.#random.pick(running);
    this.#tell(`client ${slot} connects to ${node.id}`);
    const client = { node, connection: node.connect(), channels: new Map(), user: undefined, watchlist: [] };
    this.#clients.set(slot, client);
  }

  #disconnect(slot: number): void {
    const client = this.#clients.get(slot);
    if (!client) return;
    this.#tell(`client ${slot} disconnects from ${client.node.id}`);
    this.#clients.delete(slot);
    client.node.process.take(() => client.node.disconnect(client.connection));
  }

  #signIn(slot: number, client: Client, user: string): void {
    if (client.user !== undefined) return;
    this.#tell(`client ${slot} on ${client.node.id} signs in as ${user}`);
    client.user = user;
    client.watchlist = USERS.filter(() => this.#random.chance(0.5));
    client.node.signIn(client.connection, user, client.watchlist);
  }

  #join(slot: number, client: Client, channel: ChannelName, user: string): void {
    const userId = PRESENCE.includes(channel) ? user : undefined;
    this.#tell(`client ${slot} on ${client.node.id} joins ${channel} ${userId ?? ""}`);
    client.channels.set(channel, userId);
    client.node.subscribe(client.connection, channel, userId);
  }

  #leave(slot: number, client: Client, channel: ChannelName): void {
    this.#tell(`client ${slot} on ${client.node.id} leaves ${channel}`);
    client.channels.delete(channel);
    client.node.unsubscribe(client.connection, channel);
  }

  // --- what goes wrong

  #fault(): void {
    const random = this.#random;
    const fault = random.pick<Fault>([
      "kill",
      "pause",
      "pause",
      "cut",
      "cut",
      "outage",
      "loss",
      "clockJump",
      "stop",
    ]);
    const node = random.pick(this.#nodes);
    const forMs = random.pick([100, 1_000, 5_000, 12_000, LONGEST_FAULT_MS]) * random.between(0.5, 1);
    const withMemoryLoss = fault === "outage" && this.#seed % 10 === 0;
    if (!node) return;
    this.#faultsUntilMs = Math.max(this.#faultsUntilMs, this.#time.nowMs + forMs);
    this.#faults[fault]++;
    this.#tell(`${fault} ${fault === "outage" || fault === "loss" ? "" : node.id} ${Math.round(forMs)} ms`);
    switch (fault) {
      case "kill":
        this.#kill(node);
        break;
      case "stop":
        this.#stop(node);
        break;
      case "pause":
        node.process.pause();
        this.#time.after(forMs, () => node.process.wake());
        break;
      case "cut":
        node.cut();
        this.#time.after(forMs, () => this.#restore(node));
        break;
      case "outage":
        this.#outage(forMs, withMemoryLoss);
        break;
      case "loss":
        this.#messageLoss = 0.3;
        this.#time.after(forMs, () => {
          this.#messageLoss = 0;
        });
        break;
      case "clockJump":
        this.#clockOffsetMs += random.pick([-1, 1]) * random.pick([3_000, 20_000, 3_600_000]);
        this.#hasJumped = true;
    }
  }

  /** Whoever was dying lives ten seconds longer. While the store was away nobody was well, and the bound begins after it. */
  #forgiven(): void {
    if (this.#hasJumped) for (const node of this.#nodes) node.wellSinceMs = undefined;
    this.#hasJumped = false;
  }

  #kill(node: SimulatedNode): void {
    node.process.kill();
    node.store.cut();
    this.#ledger.left(node.id);
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    for (const [slot, client] of this.#clients) if (client.node === node) this.#clients.delete(slot);
  }

  /** A clean stop: its clients are sent away before it leaves. */
  #stop(node: SimulatedNode): void {
    if (!node.process.isRunning || this.#nodes.length < 3) return;
    for (const [slot, client] of this.#clients) if (client.node === node) this.#disconnect(slot);
    this.#ledger.left(node.id);
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    void node.places.stop();
  }

  #outage(forMs: number, withMemoryLoss: boolean): void {
    for (const node of this.#nodes) node.cut();
    this.#storeAwayUntilMs = Math.max(this.#storeAwayUntilMs, this.#time.nowMs + forMs);
    this.#time.after(forMs / 2, () => {
      if (!withMemoryLoss) return;
      this.#tell("the store forgets everything");
      this.#faults.forget++;
      this.#server.forgetAll();
      this.#ledger.forgotten();
    });
    this.#time.after(forMs, () => {
      for (const node of this.#nodes) this.#restore(node);
    });
  }

  #restore(node: SimulatedNode): void {
    if (!node.process.isDead && this.#time.nowMs >= this.#storeAwayUntilMs) node.restore();
  }

  #begin(): void {
    this.#lastNode++;
    const id = `n${this.#lastNode}`;
    this.#tell(`${id} begins`);
    const random = this.#random;
    const node: SimulatedNode = new SimulatedNode({
      id,
      time: this.#time,
      random,
      network: this.#network,
      delayMs: () => random.next() * this.#longestDelayMs,
      losesMessage: () => this.#messageLoss > 0 && random.chance(this.#messageLoss),
      onOutcome: (ref, outcome) => {
        const problem = this.#ledger.heard(id, ref, outcome);
        if (problem) this.#protests.push(problem);
      },
      onProtest: (what) => this.#protests.push(what),
    });
    this.#nodes.push(node);
    if (this.#time.nowMs < this.#storeAwayUntilMs) node.cut();
  }

  // --- what is checked

  #pass(forMs: number): void {
    for (let leftMs = forMs; ; leftMs -= 500) {
      this.#time.run(Math.min(Math.max(leftMs, 0), 500));
      this.#look();
      if (leftMs <= 500) return;
    }
  }

  #quiet(): void {
    this.#tell("quiet");
    this.#pass(this.#faultsUntilMs - this.#time.nowMs);
    // Somebody must be there to reap the others.
    if (this.#nodes.length === 0) this.#begin();
    for (const node of this.#nodes) {
      node.process.wake();
      if (!node.store.isUp) node.restore();
    }
    this.#messageLoss = 0;
    this.#pass(QUIET_MS);
  }

  #look(): void {
    if (this.#protests[0]) throw new Error(this.#protests[0]);
    const { nowMs } = this.#time;
    for (const channel of PRESENCE) {
      const present = this.#membersOf(channel);
      for (const user of USERS) {
        const key = `${channel} ${user}`;
        if (present.has(user)) this.#absentSinceMs.delete(key);
        else if (!this.#absentSinceMs.has(key)) this.#absentSinceMs.set(key, nowMs);
      }
    }
    for (const node of this.#nodes) {
      const isWell = node.process.isRunning && node.store.isUp && this.#messageLoss === 0;
      node.wellSinceMs = isWell ? (node.wellSinceMs ?? nowMs) : undefined;
      this.#expectAgreement(node);
      if (node.wellSinceMs !== undefined) this.#expectNoGhost(node, node.wellSinceMs);
    }
  }

  /** All subscribers of one node, and its hub, have one list. */
  #expectAgreement(node: SimulatedNode): void {
    const state = node.hub.stateOf(APP.id);
    for (const [channel, members] of node.views.presenceViews()) {
      const roster = state?.channels.get(channel as ChannelName)?.roster;
      expectSame(`${node.id}: the list of ${channel} and the events`, members, roster?.userIds() ?? []);
    }
  }

  #expectNoGhost(node: SimulatedNode, wellSinceMs: number): void {
    const { nowMs } = this.#time;
    for (const [channel, members] of node.views.presenceViews()) {
      for (const user of members) {
        const absentSinceMs = this.#absentSinceMs.get(`${channel} ${user}`) ?? nowMs;
        const ghostMs = nowMs - Math.max(absentSinceMs, wellSinceMs);
        this.#longestGhostMs = Math.max(this.#longestGhostMs, ghostMs);
        if (ghostMs > GHOST_BOUND_MS) throw new Error(`${node.id}: ${user} is a ghost on ${channel}`);
      }
    }
  }

  #expectTruth(): void {
    for (const client of this.#clients.values()) this.#expectClientKnows(client);
    for (const channel of CHANNELS) {
      const on = this.#on(channel);
      for (const node of this.#nodes) {
        const state = node.hub.stateOf(APP.id);
        const known = state?.channels.get(channel);
        if (!known) continue;
        const elsewhere = state?.places?.channels.get(channel)?.subscriptions ?? 0;
        expectEqual(`${node.id}: subscriptions of ${channel}`, known.connections.size + elsewhere, on.length);
      }
      const outcomes = this.#ledger.endOf(placeKey({ appId: APP.id, place: { kind: "channel", channel } }));
      expectEqual(`${channel} is occupied, by the outcomes`, outcomes.isOccupied, on.length > 0);
      expectSame(`${channel}'s members, by the outcomes`, outcomes.members, this.#membersOf(channel));
      expectEqual(`${channel} is found`, this.#server.channelsOf(APP.id).includes(channel), on.length > 0);
    }
    for (const node of this.#nodes) {
      const { stale, unclaimed, isLeaseHeld, otherNodes } = node.places.state;
      const expected = { stale: 0, unclaimed: 0, isLeaseHeld: true, otherNodes: this.#nodes.length - 1 };
      const actual = { stale, unclaimed, isLeaseHeld, otherNodes };
      expectEqual(`${node.id}: places`, JSON.stringify(actual), JSON.stringify(expected));
    }
    const problem = this.#ledger.problem();
    if (problem) throw new Error(problem);
  }

  #expectClientKnows({ node, connection, channels, user, watchlist }: Client): void {
    const { views } = node;
    for (const [channel, userId] of channels) {
      if (!views.isOn(connection, channel))
        throw new Error(`${node.id}: a client still waits for ${channel}`);
      const members = views.membersFor(connection, channel) ?? new Set();
      if (userId !== undefined)
        expectSame(`${node.id}: members of ${channel}`, members, this.#membersOf(channel));
    }
    if (user === undefined || watchlist.length === 0) return;
    const online = new Set([...this.#clients.values()].map((client) => client.user));
    const watched = views.watchedBy(connection) ?? new Map();
    const told = watchlist.filter((id) => watched.get(id));
    expectSame(
      `${node.id}: who is online`,
      told,
      watchlist.filter((id) => online.has(id)),
    );
  }

  #expectNothingLeft(): void {
    if (this.#protests[0]) throw new Error(this.#protests[0]);
    for (const node of this.#nodes) {
      expectEqual(`${node.id}: places left`, node.places.state.places, 0);
      const known = node.hub.stateOf(APP.id)?.places;
      // It keeps what was wanted for a moment and never opened for a minute.
      const channels = [...(known?.channels.keys() ?? [])].filter((name) => !known?.abandoned.has(name));
      const left =
        channels.length + (known ? known.users.size + known.parked.size + known.waitingWatchers.size : 0);
      expectEqual(`${node.id}: left in the hub`, left, 0);
    }
    expectEqual("places left in the store", this.#server.size, 0);
    const problem = this.#ledger.problem();
    if (problem) throw new Error(problem);
  }

  #on(channel: ChannelName): Client[] {
    return [...this.#clients.values()].filter(({ channels }) => channels.has(channel));
  }

  #membersOf(channel: ChannelName): Set<string> {
    return new Set(this.#on(channel).flatMap(({ channels }) => channels.get(channel) ?? []));
  }

  #tell(what: string): void {
    this.story.push(`${String(Math.round(this.#time.nowMs)).padStart(7)} ${what}`);
  }
}

function expectSame(what: string, actual: Iterable<string>, expected: Iterable<string>): void {
  expectEqual(what, [...actual].sort().join(" "), [...expected].sort().join(" "));
}

function expectEqual<Value>(what: string, actual: Value, expected: Value): void {
  if (actual !== expected) throw new Error(`${what}: ${actual}, and not ${expected}`);
}
