// These take the place of the plain ones among the rest.
export { Usher, Usher as Pusher } from "./encrypted-usher.ts";
export * from "./index.ts";
export { decryptEventData, secretbox } from "./secretbox.ts";
