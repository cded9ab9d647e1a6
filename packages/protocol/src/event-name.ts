const RESERVED_PREFIXES = ["pusher:", "pusher_internal:", "pusher-"] as const;

/**
 * May an app's server not use this name? Names are free text otherwise: `App\Events\OrderShipped`, spaces and emoji work.
 *
 * @param strict refuses every name that merely begins with `pusher`, as the hosted service may.
 */
export function isReservedEventName(name: string, strict: boolean): boolean {
  if (strict) return name.startsWith("pusher");
  return RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

export function isClientEventName(name: string): boolean {
  return name.startsWith("client-");
}
