import { parseDotenv, unresolvedName, type Variables } from "./dotenv.ts";
import { ImportError, type Imported, type ImportedApp, type SourceFile } from "./imported-app.ts";

/**
 * Reads the credentials of an app of Pusher's from env files, one app for each file: `PUSHER_APP_ID`, `_KEY` and `_SECRET`,
 * a `PUSHER_URL`, or the lines that Pusher's dashboard offers to copy (`app_id = "..."`).
 */
export function readPusher(files: readonly SourceFile[]): Imported {
  return { apps: files.map(readApp), remarks: [SETTINGS_ELSEWHERE] };
}

const SETTINGS_ELSEWHERE =
  "What was switched on in Pusher's dashboard (client events, subscription counting, webhooks) is in no file; " +
  "give settings with --settings.";

function readApp({ path, text }: SourceFile): ImportedApp {
  const variables = parseDotenv(text);
  const { id, key, secret } = {
    ...fromUrl(variables.PUSHER_URL),
    ...fromDashboard(variables),
    ...fromVariables(variables),
  };
  if (!id || !key || !secret) {
    const missing = [!id && "PUSHER_APP_ID", !key && "PUSHER_APP_KEY", !secret && "PUSHER_APP_SECRET"].filter(
      Boolean,
    );
    throw new ImportError(
      `${path} does not give ${missing.join(", ")}`,
      "Give the env file of the server that triggers events.",
    );
  }
  for (const value of [id, key, secret]) {
    const name = unresolvedName(value);
    if (name)
      throw new ImportError(`${path} refers to ${name}, which it does not give`, "Write the value there.");
  }
  const cluster = variables.PUSHER_APP_CLUSTER ?? variables.PUSHER_CLUSTER ?? variables.cluster;
  return {
    id,
    name: variables.APP_NAME || `Pusher ${id}`,
    key,
    secret,
    enabled: true,
    settings: {},
    webhooks: [],
    remarks: cluster
      ? [
          `Clients no longer need the cluster ${cluster}: cluster is "" for them now, and wsHost says where the server is.`,
        ]
      : [],
  };
}

interface Credentials {
  readonly id?: string;
  readonly key?: string;
  readonly secret?: string;
}

function fromVariables(variables: Variables): Credentials {
  return present(
    variables.PUSHER_APP_ID,
    variables.PUSHER_APP_KEY ?? variables.PUSHER_KEY,
    variables.PUSHER_APP_SECRET ?? variables.PUSHER_SECRET,
  );
}

function fromDashboard(variables: Variables): Credentials {
  return present(variables.app_id, variables.key, variables.secret);
}

/** `https://KEY:SECRET@api-eu.pusher.com/apps/ID` */
function fromUrl(text: string | undefined): Credentials {
  if (!text || !URL.canParse(text)) return {};
  const { username, password, pathname } = new URL(text);
  return present(/^\/apps\/([^/]+)/.exec(pathname)?.[1], username, password);
}

function present(id: string | undefined, key: string | undefined, secret: string | undefined): Credentials {
  return { ...(id && { id }), ...(key && { key }), ...(secret && { secret }) };
}
