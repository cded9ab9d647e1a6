import {
  type ClientMessage,
  type ErrorCode,
  fail,
  type HmacHex,
  type Result,
  UsherError,
} from "@usher/protocol";
import type { App } from "./app.ts";
import { AppState } from "./app-state.ts";
import { carried } from "./carried.ts";
import type { Position } from "./channel-log.ts";
import { type StandInClientEvent, standInClientEvent } from "./client-event.ts";
import { type Admitted, connect } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { type ConnectRequest, connectionDescriber } from "./connection-info.ts";
import { cutOff } from "./cut-off.ts";
import { disconnect } from "./disconnect.ts";
import { close, type Effect, refuse, send } from "./effect.ts";
import { elsewhereChanged, placeClosed, placesOpened } from "./elsewhere.ts";
import { type GrantsEnded, NO_GRANTS_ENDED } from "./end-grants.ts";
import { handle } from "./handle.ts";
import { here, wantedPlaces } from "./here.ts";
import type { CarriedEvent, ElsewhereChange, Here, OpenedPlace, Place } from "./place.ts";
import { placeChanged } from "./place-changed.ts";
import type { Restriction } from "./restrictions.ts";
import { enforce, type GrantScope, revokeGrants } from "./revoke-grants.ts";
import { sweep } from "./sweep.ts";
import { type TriggeredEvent, trigger } from "./trigger.ts";

export interface HubOptions {
  /** The app that owns a public key, right now. Synchronous: it is asked for each handshake. */
  readonly findAppByKey: (key: string) => App | undefined;
  readonly hmacHex: HmacHex;
  /** Uniform from 0 up to but not including 1, from a cryptographic source. */
  readonly random: () => number;
  /** Most connections of all apps together; the next is refused with 4100. `null` for no limit. */
  readonly maxConnections: number | null;
  /** There are other nodes: what is elsewhere is told to the hub, and it tells what is to be carried there. */
  readonly isClustered?: boolean;
}

/**
 * Who is connected to this node and on which channels. Owns that state and decides what follows from each input.
 *
 * It is synchronous and does no I/O: two messages cannot interleave inside a decision, and a test needs no fakes. Every
 * method returns effects that the caller carries out in order, before it asks for anything else.
 */
export class Hub {
  readonly #options: HubOptions;
  readonly #states = new Map<string, AppState>();
  readonly #describe = connectionDescriber();
  #connectionCount = 0;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** The apps that have state on this node. */
  get states(): Iterable<AppState> {
    return this.#states.values();
  }

  /** What this node holds for an app; undefined as long as nobody has used it. */
  stateOf(appId: string): AppState | undefined {
    return this.#states.get(appId);
  }

  connect(request: ConnectRequest, nowMs: number): Result<Admitted> {
    const { findAppByKey, maxConnections, random } = this.#options;
    const app = findAppByKey(request.handshake.key);
    if (!app) return fail(new UsherError("app_not_found", { key: request.handshake.key }));
    const hasRoom = maxConnections === null || this.#connectionCount < maxConnections;
    const admitted = connect(this.stateFor(app), request, this.#describe(request, nowMs), hasRoom, random);
    if (admitted.ok) this.#connectionCount++;
    return admitted;
  }

  receive(connection: Connection, message: ClientMessage, nowMs: number): Effect[] {
    if (connection.isClosing) return [];
    return handle(connection, message, this.#options.hmacHex, nowMs);
  }

  /** A frame that is no message: its sender is told and stays. */
  receiveInvalid(connection: Connection, error: UsherError): Effect[] {
    if (connection.isClosing) return [];
    return refuse(connection, "message", error);
  }

  /** Any sign of life, control frames included. */
  touch(connection: Connection, nowMs: number): void {
    connection.lastInboundMs = nowMs;
    connection.pingedAtMs = undefined;
  }

  /** Call once the socket is gone, however it went. */
  disconnect(connection: Connection, nowMs: number): Effect[] {
    const wasHere = connection.state.connections.has(connection.socketId);
    const effects = disconnect(connection, nowMs);
    if (wasHere) this.#connectionCount--;
    return effects;
  }

  trigger(app: App, event: TriggeredEvent, nowMs: number): Effect[] {
    return trigger(this.stateFor(app), event, nowMs);
  }

  /** A client event that no connection sent; see `standInClientEvent`. */
  standInClientEvent(app: App, event: StandInClientEvent, nowMs: number): Effect[] {
    return standInClientEvent(this.stateFor(app), event, nowMs);
  }

  /** In a cluster: what this node's own connections have at a place, right now. */
  here(appId: string, place: Place): Here {
    return here(this.#states.get(appId), place);
  }

  /**
   * In a cluster: places have been opened, or read again; what their other nodes have replaces what was known. Lets those in
   * who have waited. Call it from when on everything that is told at a place arrives here, so that nothing is missed between.
   */
  placesOpened(app: App, opened: readonly OpenedPlace[], nowMs: number): Effect[] {
    const state = this.#states.get(app.id);
    return state?.places ? placesOpened(state, opened, nowMs) : [];
  }

  /** In a cluster: something has changed on the other nodes at a place. Nothing happens where it is not open. */
  elsewhereChanged(app: App, place: Place, change: ElsewhereChange, nowMs: number): Effect[] {
    const state = this.#states.get(app.id);
    return state ? elsewhereChanged(state, place, change, nowMs) : [];
  }

  /** In a cluster: this node does not listen at a place any more. Meant for one that `here` says nobody wants. */
  placeClosed(app: App, place: Place): void {
    const state = this.#states.get(app.id);
    if (state) placeClosed(state, place);
  }

  /** In a cluster: takes in an event that arrived; see `carried`. */
  carried(app: App, event: CarriedEvent, position: Position | undefined, nowMs: number): Effect[] {
    const state = this.#states.get(app.id);
    return state ? carried(state, event, position, nowMs) : [];
  }

  /** Ends every connection that is signed in as the user. Those that are merely present under that id stay. */
  terminateUser(app: App, userId: string): Effect[] {
    const connections = this.#states.get(app.id)?.users.connectionsOf(userId) ?? [];
    return [...connections].flatMap((connection) => close(connection, new UsherError("user_terminated")));
  }

  /** Ends what some secrets of the app signed; see `cutOff`. */
  cutOff(app: App, secretIds: ReadonlySet<string>, nowMs: number): GrantsEnded {
    const state = this.#states.get(app.id);
    return state ? cutOff(state, secretIds, nowMs) : NO_GRANTS_ENDED;
  }

  /** Takes back what connections of the app hold; see `revokeGrants`. */
  revokeGrants(app: App, scope: GrantScope, reason: string | null, nowMs: number): GrantsEnded {
    const state = this.#states.get(app.id);
    return state ? revokeGrants(state, scope, reason, nowMs) : NO_GRANTS_ENDED;
  }

  /**
   * Ends what a restriction forbids and connections hold. Call it for each that is new, after `appChanged`, which has what
   * is shown from then on refused.
   */
  enforce(app: App, restriction: Restriction, nowMs: number): GrantsEnded {
    const state = this.#states.get(app.id);
    return state ? enforce(state, restriction, nowMs) : NO_GRANTS_ENDED;
  }

  /** Ends one connection for a reason of the server's own, such as a drain, or because its turn has come after a `closeSoon`. */
  close(connection: Connection, code: ErrorCode, details?: UsherError["details"]): Effect[] {
    return close(connection, new UsherError(code, details));
  }

  /** Sends a client away to another node, or to this one later; one that understands it is told over what time to return. */
  sendAway(connection: Connection, returnWithinMs: number): Effect[] {
    const closing = close(connection, new UsherError("draining"));
    if (closing.length === 0 || !connection.isResuming) return closing;
    return [send(connection, { kind: "reconnectAdvice", withinMs: returnWithinMs }), ...closing];
  }

  /** Call about once a second. */
  sweep(nowMs: number): Effect[] {
    return [...this.#states.values()].flatMap((state) => sweep(state, nowMs));
  }

  /** Takes over the new snapshot of an app, and ends the connections that the change leaves without a right to stay. */
  appChanged(before: App, after: App | undefined): Effect[] {
    const state = this.#states.get(before.id);
    if (!state) return [];
    if (after) state.app = after;
    else this.#states.delete(before.id);
    const forgotten = after ? [] : wantedPlaces(state).map((place) => placeChanged(state, place));
    // Whoever was to prove something in time no longer has to.
    if (!after?.settings.authorizedConnections) state.unauthorized.clear();
    const closed = [...state.connections.values()].flatMap((connection) => {
      const { key } = connection;
      if (!after || !state.findKey(key)) return close(connection, new UsherError("app_not_found", { key }));
      return after.enabled ? [] : close(connection, new UsherError("app_disabled"));
    });
    return [...forgotten, ...closed];
  }

  /** What this node holds for an app, made on first use. Its snapshot changes through `appChanged` alone: a request that
   * took long may still hold an older one. */
  stateFor(app: App): AppState {
    const known = this.#states.get(app.id);
    if (known) return known;
    const fresh = new AppState(app, this.#options.random, this.#options.isClustered);
    this.#states.set(app.id, fresh);
    return fresh;
  }
}
