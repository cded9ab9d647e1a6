/** Whoever looks at the first page. Each tab makes one up and keeps it. */
export interface Guest {
  readonly id: string;
  readonly name: string;
}

// Set by this server, so that no guest can sign in under the id of one of the app's own users.
const ID_PREFIX = "first-page-";
const ID = /^[a-z0-9]{8,32}$/;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ]{0,39}$/u;

/** Reads the guest from what the page's client sends along with each authorization. */
export function parseGuest(form: URLSearchParams): Guest | undefined {
  const id = form.get("guest_id") ?? "";
  const name = form.get("guest_name") ?? "";
  if (!ID.test(id) || !NAME.test(name)) return undefined;
  return { id: ID_PREFIX + id, name };
}
