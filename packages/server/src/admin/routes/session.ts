import { z } from "@hono/zod-openapi";
import { AdminError } from "../admin-errors.ts";
import type { Operator } from "../operators/operator-store.ts";
import {
  hashPassword,
  isOutdated,
  requireAcceptablePassword,
  verifyPassword,
} from "../operators/passwords.ts";
import type { OperatorPrincipal } from "../principal.ts";
import { adminRoute } from "../route.ts";
import type { AdminServices } from "../services.ts";
import { noSessionCookie, sessionTokenOf } from "../session-cookie.ts";
import { emailField, passwordField, sessionBody, sessionSchema, startedSession } from "./session-schema.ts";

const TAG = "Session";

const logIn = adminRoute({
  method: "post",
  path: "/session",
  operationId: "logIn",
  tag: TAG,
  summary: "Log in with e-mail address and password",
  access: "public",
  body: z.strictObject({ email: emailField, password: passwordField }),
  answers: { 201: { about: "The session, whose cookie comes with it", body: sessionSchema } },
  errors: ["login_failed", "too_many_attempts"],
}).answeredBy(async (context) => {
  const { body, request, origin, services } = context;
  const email = body.email.toLowerCase();
  const operator = await services.limits.attempt(origin.address, email, () =>
    checkPassword(services, email, body.password, origin.address),
  );
  const session = await services.sessions.start(operator, {
    method: "password",
    address: origin.address,
    userAgent: request.headers.get("user-agent"),
    formerToken: sessionTokenOf(request),
  });
  return startedSession(session, context);
});

const getSession = adminRoute({
  method: "get",
  path: "/session",
  operationId: "getSession",
  tag: TAG,
  summary: "Say who is asking",
  access: { role: "viewer", scope: null },
  answers: { 200: { about: "Who sent this request", body: sessionSchema } },
}).answeredBy(async ({ principal }) => ({ status: 200, body: sessionBody(principal) }));

const logOut = adminRoute({
  method: "delete",
  path: "/session",
  operationId: "logOut",
  tag: TAG,
  summary: "Log out",
  access: { role: "viewer", scope: null, only: "session" },
  answers: { 204: { about: "The session is over" } },
}).answeredBy(async (context) => {
  const { principal, origin, services } = context;
  await services.sessions.end(principal.session.id, principal, origin.address);
  return { status: 204, cookies: [noSessionCookie(context)] };
});

const confirmSession = adminRoute({
  method: "post",
  path: "/session/confirm",
  operationId: "confirmSession",
  tag: TAG,
  summary: "Prove once more who you are",
  description: "For five minutes from then on, what needs a recent log-in is possible.",
  access: { role: "viewer", scope: null, only: "session" },
  body: z.strictObject({ password: passwordField }),
  answers: { 200: { about: "The session, confirmed", body: sessionSchema } },
  errors: ["login_failed", "too_many_attempts"],
}).answeredBy(async ({ body, principal, origin, services }) => {
  await services.limits.attempt(origin.address, loggedIn(principal), () =>
    checkPassword(services, principal.email, body.password, origin.address),
  );
  const authenticatedAt = await services.sessions.confirm(principal, origin.address);
  const confirmed: OperatorPrincipal = { ...principal, session: { ...principal.session, authenticatedAt } };
  return { status: 200, body: sessionBody(confirmed) };
});

const changePassword = adminRoute({
  method: "patch",
  path: "/session/password",
  operationId: "changePassword",
  tag: TAG,
  summary: "Change your password",
  description: "Ends all your other sessions.",
  access: { role: "viewer", scope: null, only: "session" },
  body: z.strictObject({ current_password: passwordField, new_password: passwordField }),
  answers: { 204: { about: "The new password holds" } },
  errors: ["login_failed", "too_many_attempts", "password_unacceptable", "operator_not_found"],
}).answeredBy(async ({ body, principal, by, origin, services }) => {
  requireAcceptablePassword(body.new_password, principal.email);
  await services.limits.attempt(origin.address, loggedIn(principal), () =>
    checkPassword(services, principal.email, body.current_password, origin.address),
  );
  const hash = await hashPassword(body.new_password);
  await services.operators.changePassword(principal.id, hash, principal.session.id, by);
  return { status: 204 };
});

export const sessionRoutes = [logIn, getSession, logOut, confirmSession, changePassword];

/**
 * What attempts of somebody with a session count as. Not as those to log in: strangers who use up those of an account must
 * not keep its owner, who is logged in, from confirming who they are.
 */
function loggedIn({ id }: OperatorPrincipal): string {
  return `logged in: ${id}`;
}

/** Takes the same steps for an address that nobody here has, down to the hash and the entry in the audit trail. */
async function checkPassword(
  services: AdminServices,
  email: string,
  password: string,
  address: string | null,
): Promise<Operator> {
  const found = await services.operators.findByEmail(email);
  const hash = found?.passwordHash ?? null;
  const isRight = await verifyPassword(password, hash);
  if (!found || hash === null || !isRight) {
    await services.failedLogIns.record({ email, operatorId: found?.operator.id ?? null, address });
    throw new AdminError("login_failed");
  }
  if (isOutdated(hash)) {
    await services.operators.rehashPassword(found.operator.id, hash, await hashPassword(password));
  }
  return found.operator;
}
