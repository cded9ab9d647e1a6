import { StoreError } from "../../store/store-error.ts";

/**
 * Writes down that something was used. A database that cannot be written to just now, since another process holds it,
 * is no reason to refuse the request that was on its way: the next one notes it.
 */
export async function noteInPassing(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}
