import type { ServerConfig } from "@usher/server/light";
import type { AdminTransport } from "./admin-transport.ts";

/** How long a change waits for one of another process to end. */
const LOCK_WAIT_MS = 5_000;

export interface InProcess {
  readonly transport: AdminTransport;
  close(): Promise<void>;
}

/** The admin API within this process, on the configured store. It is opened by the first request, and only then loaded. */
export function inProcess(config: ServerConfig, { create }: { readonly create: boolean }): InProcess {
  let opened: ReturnType<typeof open> | undefined;
  const open = async () => {
    const { openInProcessAdmin } = await import("@usher/server/admin");
    return openInProcessAdmin(config, { create, lockWaitMs: LOCK_WAIT_MS });
  };
  return {
    transport: async ({ method, path, query, body }) => {
      opened ??= open();
      const admin = await opened;
      const search = new URLSearchParams(query).toString();
      const response = await admin.ask(`${path}${search && `?${search}`}`, {
        method,
        ...(body !== undefined && {
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      });
      return { status: response.status, text: await response.text() };
    },
    close: async () => {
      // A store that could not be opened has been reported by the request.
      const admin = await opened?.catch(() => undefined);
      await admin?.close();
    },
  };
}
