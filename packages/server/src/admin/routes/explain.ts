import type { PasteSubject } from "@usher/protocol/explain";
import { recordAudit } from "../../audit/record-audit.ts";
import { AdminError } from "../admin-errors.ts";
import { adminRoute } from "../route.ts";
import { requireApp, requireLive } from "./apps-require.ts";
import { appParams } from "./apps-schema.ts";
import {
  endpointAnswerSchema,
  endpointQuestionSchema,
  pasteAnswerSchema,
  pasteSchema,
  printChecked,
} from "./explain-schema.ts";
import { printExplanation } from "./refusal-schema.ts";

const TAG = "Auth doctor";

const explainPasted = adminRoute({
  method: "post",
  path: "/apps/{app_id}/explain",
  operationId: "explainPaste",
  tag: TAG,
  summary: "Say what is wrong with a signature",
  description:
    "Recognises what was pasted and tries, with the secrets that are known here, what people get wrong. The answer holds no secret and no signature. What was pasted is not kept.",
  access: { role: "viewer", scope: "live:read" },
  params: appParams,
  body: pasteSchema,
  answers: { 200: { about: "What was found", body: pasteAnswerSchema } },
  errors: ["app_not_found", "paste_lacks_socket_id", "paste_lacks_channel", "server_not_running"],
}).answeredBy(async ({ params, body, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const { doctor } = requireLive(services);
  const { kind, isAnswer, explanation } = doctor.explain(id, {
    text: body.pasted,
    socketIdOf: (pasted) => requireSocketId(body.socket_id ?? pasted),
    subjectOf: (pasted) => subjectOf(body.socket_id ?? pasted, body),
  });
  return {
    status: 200,
    body: { kind, is_answer: isAnswer, explanation: printExplanation(explanation, kind, doctor) },
  };
});

const checkEndpoint = adminRoute({
  method: "post",
  path: "/apps/{app_id}/check-endpoint",
  operationId: "checkEndpoint",
  tag: TAG,
  summary: "Ask an authorization endpoint what pusher-js would ask",
  description:
    "As `usher auth check` does, from this server, within half a minute. Private addresses are asked in development only, or with `webhook_allow_private`. The address is kept in the audit log; headers and answers are not.",
  access: { role: "operator", scope: "live:write" },
  params: appParams,
  body: endpointQuestionSchema,
  answers: { 200: { about: "Each request, and what is wrong with its answer", body: endpointAnswerSchema } },
  errors: ["app_not_found", "endpoint_forbidden", "doctor_busy", "server_not_running"],
}).answeredBy(async ({ params, body, by, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  const { doctor } = requireLive(services);
  // The entry first: what cannot be written down is not done.
  await services.store.database.transaction((transaction) =>
    recordAudit(transaction, {
      actor: by,
      action: "endpoint.check",
      appId: id,
      target: body.url,
      details: { channels: [...body.channels, ...body.denied] },
    }),
  );
  const answer = await doctor.checkEndpoint(id, {
    url: new URL(body.url).href,
    userAuthUrl: body.user_auth_url === undefined ? undefined : new URL(body.user_auth_url).href,
    channels: body.channels,
    denied: body.denied,
    headers: Object.entries(body.headers),
    wrongHeaders: Object.entries(body.wrong_headers),
    params: Object.entries(body.params),
    origin: body.origin,
    jsonp: body.jsonp,
    batch: body.batch,
  });
  if (answer.kind === "busy") throw new AdminError("doctor_busy");
  if (answer.kind === "forbidden") throw new AdminError("endpoint_forbidden", { message: answer.message });
  return { status: 200, body: printChecked(answer.requests, (text) => doctor.withoutSecrets(text)) };
});

export const explainRoutes = [explainPasted, checkEndpoint];

function requireSocketId(socketId: string | undefined): string {
  if (socketId === undefined) throw new AdminError("paste_lacks_socket_id");
  return socketId;
}

function subjectOf(
  socketId: string | undefined,
  { channel, user }: { readonly channel?: string | undefined; readonly user: boolean },
): PasteSubject {
  if (socketId !== undefined && user) return { kind: "user", socketId };
  if (socketId !== undefined && channel !== undefined) return { kind: "channel", socketId, channel };
  throw new AdminError("paste_lacks_channel");
}
