import { type App, type Connection, DEFAULT_APP_SETTINGS, type Effect, Hub } from "@usher/hub";
import {
  type ChannelName,
  type ClientMessage,
  channelStringToSign,
  formatAuthValue,
  userStringToSign,
} from "@usher/protocol";
import { EXAMPLE_APP, hmacHex } from "@usher/protocol/testing";
import type { SeededRandom } from "../../../testing/seeded-random.ts";
import type { ClaimOutcome, PlaceRef } from "../place-store.ts";
import { Places } from "../places.ts";
import { ClientViews } from "./client-views.ts";
import type { MemoryNetwork, MemoryPlaceStore } from "./memory-place-store.ts";
import { VirtualProcess, type VirtualTime } from "./virtual-time.ts";

export const APP: App = {
  id: EXAMPLE_APP.id,
  name: "Test",
  enabled: true,
  keys: [{ key: EXAMPLE_APP.key, secrets: [{ id: "secret-1", value: EXAMPLE_APP.secret }] }],
  settings: {
    ...DEFAULT_APP_SETTINGS,
    subscriptionCounting: true,
    watchlistEvents: true,
    activityTimeoutSeconds: 1_000_000,
  },
  restrictions: [],
};

const HANDSHAKE = { key: EXAMPLE_APP.key, protocol: 7, client: "js", version: "8.6.0" };

export interface SimulatedNodeOptions {
  readonly id: string;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly network: MemoryNetwork;
  readonly delayMs: () => number;
  readonly losesMessage: () => boolean;
  readonly onOutcome: (ref: PlaceRef, outcome: ClaimOutcome) => void;
  readonly onProtest: (what: string) => void;
}

/** One server of a cluster: a real hub and real places, with everything around them played. */
export class SimulatedNode {
  readonly id: string;
  readonly process: VirtualProcess;
  readonly hub: Hub;
  readonly store: MemoryPlaceStore;
  readonly places: Places;
  readonly views: ClientViews;
  /** Since when it has had nothing to complain of; undefined while it has. */
  wellSinceMs: number | undefined;
  readonly #time: VirtualTime;

  constructor(options: SimulatedNodeOptions) {
    const { id, time, random, network, delayMs, losesMessage, onOutcome, onProtest } = options;
    this.id = id;
    this.#time = time;
    this.wellSinceMs = time.nowMs;
    this.process = new VirtualProcess(time);
    this.views = new ClientViews((what) => onProtest(`${id}: ${what}`));
    this.hub = new Hub({
      findAppByKey: () => APP,
      hmacHex,
      random: random.next,
      maxConnections: null,
      isClustered: true,
    });
    this.store = network.connect({
      time,
      process: this.process,
      delayMs,
      losesMessage,
      onClaims: (ref, message) => this.places.onClaims(ref, message),
    });
    this.places = new Places({
      store: this.store,
      hub: {
        here: ({ appId, place }) => this.hub.here(appId, place),
        isCounted: () => false,
        placesOpened: (_, opened) => this.#apply(this.hub.placesOpened(APP, opened, time.nowMs)),
        elsewhereChanged: ({ place }, change) =>
          this.#apply(this.hub.elsewhereChanged(APP, place, change, time.nowMs)),
        placeClosed: ({ place }) => this.hub.placeClosed(APP, place),
      },
      nodeId: id,
      about: { name: id, version: "0" },
      timers: this.process.timers,
      random: random.next,
      onOutcome,
      onError: () => {},
    });
    void this.places.start();
    this.#sweep();
  }

  connect(): Connection {
    const request = { handshake: HANDSHAKE, pageOrigin: undefined, address: null, isTls: false };
    const admitted = this.hub.connect(request, this.#time.nowMs);
    if (!admitted.ok) throw admitted.error;
    this.#apply(admitted.value.effects);
    return admitted.value.connection;
  }

  subscribe(connection: Connection, channel: ChannelName, userId: string | undefined): void {
    const channelData = userId && JSON.stringify({ user_id: userId, user_info: { on: this.id } });
    const toSign = channelStringToSign(connection.socketId, channel, channelData);
    const auth = formatAuthValue(EXAMPLE_APP.key, hmacHex(EXAMPLE_APP.secret, toSign));
    this.#receive(connection, { kind: "subscribe", channel, auth, channelData });
  }

  unsubscribe(connection: Connection, channel: ChannelName): void {
    this.#receive(connection, { kind: "unsubscribe", channel });
  }

  signIn(connection: Connection, id: string, watchlist: readonly string[]): void {
    const userData = JSON.stringify({ id, watchlist });
    const toSign = userStringToSign(connection.socketId, userData);
    const auth = formatAuthValue(EXAMPLE_APP.key, hmacHex(EXAMPLE_APP.secret, toSign));
    this.#receive(connection, { kind: "signin", auth, userData });
  }

  disconnect(connection: Connection): void {
    this.views.gone(connection);
    this.#apply(this.hub.disconnect(connection, this.#time.nowMs));
  }

  cut(): void {
    this.store.cut();
    this.process.take(() => this.places.linkDown());
  }

  restore(): void {
    this.store.restore();
    this.process.take(() => this.places.linkUp());
  }

  #receive(connection: Connection, message: ClientMessage): void {
    this.#apply(this.hub.receive(connection, message, this.#time.nowMs));
  }

  #sweep(): void {
    this.#apply(this.hub.sweep(this.#time.nowMs));
    this.process.timers.after(1_000, () => this.#sweep());
  }

  #apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === "placeChanged") this.places.changed({ appId: APP.id, place: effect.place });
      else this.views.apply(effect);
    }
  }
}
