/** Who does something to an app, a credential or a grant: what the audit trail keeps. */
export interface Actor {
  readonly kind: ActorKind;
  /** An operator's or token's id, an app's key; empty where the kind says it all. */
  readonly id: string;
  /** For people: an e-mail address, a token's name. */
  readonly name: string;
  /** Where the request came from, when it came over a network. */
  readonly address: string | null;
}

/**
 * `operator`: a person, logged in. `token`: an API token. `local`: the command line on the server's own machine, let in by
 * the data folder. `app`: the app's own server, by a signed request. `config`: what the server was started with.
 * `system`: the server itself, such as when a retirement ends.
 */
export type ActorKind = "operator" | "token" | "local" | "app" | "config" | "system";

export const SYSTEM: Actor = { kind: "system", id: "", name: "usher", address: null };
export const CONFIG: Actor = { kind: "config", id: "", name: "configuration", address: null };
