import type Pusher from "pusher-js";
import type { ChannelAuthorizationHandler } from "pusher-js";
import WorkerPusher from "pusher-js/worker/with-encryption";
import { type AuthEndpoint, startAuthEndpoint } from "../tests/clients/auth-endpoint.ts";
import { Clients } from "../tests/clients/clients.ts";
import { eventOf, record, subscribed } from "../tests/clients/events.ts";
import type { TestServer } from "../tests/support/server.ts";
import { type AppCredentials, channelAuth } from "../tests/support/sign.ts";
import { type Closed, type Frame, TestSocket } from "../tests/support/socket.ts";
import { eventually } from "../tests/support/time-limit.ts";

const PusherJs = WorkerPusher as unknown as typeof Pusher;

/** Who is connected to an app while a program runs its steps. interop/README.md names them. */
export class Audience {
  readonly #app: AppCredentials;
  /** Alice hears everything. */
  readonly #alice: TestSocket;
  /** The connection that one event leaves out, and for which the program signs. */
  readonly #bob: TestSocket;
  /** Signed in; gets an event of her own, and is then disconnected. */
  readonly #carol: TestSocket;
  readonly #endpoint: AuthEndpoint;
  readonly #clients: Clients;
  #secrets: readonly (readonly [event: string, data: unknown])[] = [];
  readonly #heard = new Map<TestSocket, Frame[]>();

  private constructor(server: TestServer, app: AppCredentials) {
    this.#app = app;
    const url = `ws://${server.host}:${server.port}/app/${app.key}?protocol=7&client=interop`;
    this.#alice = new TestSocket(url, app);
    this.#bob = new TestSocket(url, app);
    this.#carol = new TestSocket(url, app);
    this.#endpoint = startAuthEndpoint(app);
    this.#clients = new Clients(
      app,
      () => server,
      () => this.#endpoint,
    );
  }

  static async gather(server: TestServer, app: AppCredentials): Promise<Audience> {
    const audience = new Audience(server, app);
    await audience.#join();
    return audience;
  }

  get socketId(): string {
    return this.#bob.socketId;
  }

  async #join(): Promise<void> {
    const joined = async (socket: TestSocket, channel: string, member?: object): Promise<void> => {
      await socket.join(channel, member);
      await socket.framesBeforePong(); // Past the count that follows.
    };
    for (const socket of [this.#alice, this.#bob, this.#carol]) await socket.established();
    await joined(this.#alice, "news");
    await joined(this.#alice, "sport");
    await joined(this.#alice, "presence-room", { user_id: "alice" });
    await joined(this.#bob, "news");
    await joined(this.#bob, "presence-room", { user_id: "bob" });
    await this.#carol.signIn({ id: "carol" });
    await joined(this.#carol, "#server-to-user-carol");

    const reader = await this.#clients.connect(PusherJs);
    const vault = reader.subscribe("private-encrypted-vault");
    await subscribed(vault);
    this.#secrets = record(vault);
  }

  /** Channel and decoded data of every event of this name, as Alice got them. */
  heardByAlice(event: string): Promise<unknown[]> {
    return this.#heardBy(this.#alice, event);
  }

  heardByBob(event: string): Promise<unknown[]> {
    return this.#heardBy(this.#bob, event);
  }

  /** Carol reads on until her connection is closed, if it is to be. */
  async heardByCarol(event: string): Promise<unknown> {
    const frame = await this.#carol.nextEvent(event);
    return { channel: frame.channel, data: JSON.parse(String(frame.data)) };
  }

  carolEnded(): Promise<Closed> {
    return this.#carol.ended();
  }

  /** What pusher-js decrypted. */
  heardInVault(): Promise<unknown> {
    return eventually(
      async () => this.#secrets,
      (secrets) => secrets.length > 0,
    );
  }

  /** Joins an encrypted channel with this shared secret, and returns what pusher-js makes of an event there. */
  async decrypt(channelName: string, sharedSecret: string, data: object): Promise<unknown> {
    const customHandler: ChannelAuthorizationHandler = ({ socketId }, callback) =>
      callback(null, { auth: channelAuth(this.#app, socketId, channelName), shared_secret: sharedSecret });
    const reader = await this.#clients.connect(PusherJs, {
      channelAuthorization: { customHandler, endpoint: "", transport: "ajax" },
    });
    const channel = reader.subscribe(channelName);
    await subscribed(channel);
    const event = eventOf(channel, "after-all");
    await this.#clients.sdk().trigger(channelName, "after-all", data);
    return event;
  }

  /** Subscribes Bob's connection with what a program has signed for it; returns the success frame's data. */
  async subscribe(channel: string, ticket: { readonly auth?: string; readonly channel_data?: string }) {
    await this.#read(this.#bob);
    this.#bob.subscribe(channel, ticket);
    const frame = await this.#bob.nextEvent("pusher_internal:subscription_succeeded");
    return { channel: frame.channel, data: JSON.parse(String(frame.data)) };
  }

  async signIn(ticket: { readonly auth?: string; readonly user_data?: string }): Promise<unknown> {
    await this.#read(this.#bob);
    this.#bob.send({ event: "pusher:signin", data: ticket });
    const frame = await this.#bob.nextEvent("pusher:signin_success");
    return JSON.parse(String(frame.data));
  }

  async leave(): Promise<void> {
    this.#clients.end();
    await Promise.all([this.#alice, this.#bob, this.#carol].map((socket) => socket.close()));
    await this.#endpoint.stop();
  }

  async #heardBy(socket: TestSocket, event: string): Promise<unknown[]> {
    const frames = await this.#read(socket);
    return frames
      .filter((frame) => frame.event === event)
      .map(({ channel, data }) => ({ channel, data: JSON.parse(String(data)) }));
  }

  /** Everything the socket has got so far. */
  async #read(socket: TestSocket): Promise<readonly Frame[]> {
    const frames = [...(this.#heard.get(socket) ?? []), ...(await socket.framesBeforePong())];
    this.#heard.set(socket, frames);
    return frames;
  }
}
