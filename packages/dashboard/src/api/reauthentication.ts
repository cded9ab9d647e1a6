import { ApiError } from "./api-error.ts";
import { request } from "./request.ts";

type Ask = () => Promise<boolean>;

// Set by the dialog that asks for the password, which is on every page.
let ask: Ask = async () => false;

export function askForPasswordWith(asking: Ask): void {
  ask = asking;
}

/** Runs something that needs a recent log-in, asking for the password in between when the server wants it. */
export async function withReauthentication<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const isWanted = error instanceof ApiError && error.code === "reauthentication_required";
    if (!isWanted || !(await ask())) throw error;
    return run();
  }
}

export function confirmPassword(password: string): Promise<unknown> {
  return request("POST", "/session/confirm", { password });
}
