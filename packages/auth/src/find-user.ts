import { isJsonObject } from "@usher/protocol";

/**
 * Who is asking; undefined when nobody is signed in.
 *
 * Many frameworks' helpers throw a redirect to the login page, which pusher-js would follow and then take that page for
 * an answer. Here it means what it says: nobody is signed in.
 */
export async function findUser<User>(
  lookUp: () => User | null | undefined | Promise<User | null | undefined>,
): Promise<User | undefined> {
  try {
    return (await lookUp()) || undefined;
  } catch (thrown) {
    if (saysNotSignedIn(thrown)) return undefined;
    throw thrown;
  }
}

function saysNotSignedIn(thrown: unknown): boolean {
  if (!isJsonObject(thrown)) return false;
  const { status, digest } = thrown;
  if (typeof digest === "string" && digest.startsWith("NEXT_REDIRECT")) return true;
  return typeof status === "number" && ((status >= 300 && status < 400) || status === 401);
}
