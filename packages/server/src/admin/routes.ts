import type { AdminRoute } from "./route.ts";
import { addressRoutes } from "./routes/address.ts";
import { appRoutes } from "./routes/apps.ts";
import { auditRoutes } from "./routes/audit.ts";
import { consoleRoutes } from "./routes/console.ts";
import { explainRoutes } from "./routes/explain.ts";
import { exportRoutes } from "./routes/export.ts";
import { grantRoutes } from "./routes/grants.ts";
import { keyRoutes } from "./routes/keys.ts";
import { channelRoutes } from "./routes/live-channels.ts";
import { connectionRoutes } from "./routes/live-connections.ts";
import { eventRoutes } from "./routes/live-events.ts";
import { historyRoutes } from "./routes/live-history.ts";
import { nodeRoutes } from "./routes/nodes.ts";
import { oidcRoutes } from "./routes/oidc.ts";
import { openApiRoutes } from "./routes/openapi.ts";
import { operatorRoutes } from "./routes/operators.ts";
import { secretRoutes } from "./routes/secrets.ts";
import { sessionRoutes } from "./routes/session.ts";
import { sessionsRoutes } from "./routes/sessions.ts";
import { settingsRoutes } from "./routes/settings.ts";
import { setupRoutes } from "./routes/setup.ts";
import { statsRoutes } from "./routes/stats.ts";
import { statsErrorRoutes } from "./routes/stats-errors.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { webhookDeliveryRoutes } from "./routes/webhook-deliveries.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

/** Every route of the admin API, in the order of the document. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  ...setupRoutes,
  ...oidcRoutes,
  ...sessionRoutes,
  ...sessionsRoutes,
  ...operatorRoutes,
  ...tokenRoutes,
  ...appRoutes,
  ...settingsRoutes,
  ...keyRoutes,
  ...secretRoutes,
  ...grantRoutes,
  ...channelRoutes,
  ...historyRoutes,
  ...connectionRoutes,
  ...eventRoutes,
  ...consoleRoutes,
  ...explainRoutes,
  ...statsRoutes,
  ...statsErrorRoutes,
  ...webhookRoutes,
  ...webhookDeliveryRoutes,
  ...exportRoutes,
  ...auditRoutes,
  ...nodeRoutes,
  ...addressRoutes,
  ...openApiRoutes,
];
