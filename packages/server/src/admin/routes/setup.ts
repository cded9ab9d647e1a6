import { z } from "@hono/zod-openapi";
import { VERSION } from "../../version.ts";
import type { Operator } from "../operators/operator-store.ts";
import { hashPassword, requireAcceptablePassword } from "../operators/passwords.ts";
import { adminRoute, type RouteContext } from "../route.ts";
import { sessionTokenOf } from "../session-cookie.ts";
import {
  emailField,
  linkTokenField,
  passwordField,
  personNameField,
  sessionSchema,
  startedSession,
} from "./session-schema.ts";

const TAG = "Getting in";

export const setupSchema = z
  .object({
    needed: z.boolean().openapi({ description: "There is no owner yet" }),
    oidc: z
      .object({ name: z.string().openapi({ description: "The provider's host name" }) })
      .nullable()
      .openapi({ description: "Log-in with OpenID Connect, at `/oidc/start`" }),
    version: z.string(),
  })
  .openapi("Setup");

const getSetup = adminRoute({
  method: "get",
  path: "/setup",
  operationId: "getSetup",
  tag: TAG,
  summary: "Say how to get in",
  access: "public",
  answers: {
    200: {
      about: "What a log-in page needs to know",
      body: setupSchema,
    },
  },
}).answeredBy(async ({ services }) => ({
  status: 200,
  body: {
    needed: await services.operators.isSetupNeeded(),
    oidc: services.oidc && { name: services.oidc.name },
    version: VERSION,
  },
}));

const setUp = adminRoute({
  method: "post",
  path: "/setup",
  operationId: "setUp",
  tag: TAG,
  summary: "Become the first owner, with the link that the server printed",
  access: "public",
  body: z.strictObject({
    token: linkTokenField,
    email: emailField,
    name: personNameField,
    password: passwordField,
  }),
  answers: { 201: { about: "The first owner's session", body: sessionSchema } },
  errors: ["setup_done", "link_invalid", "password_unacceptable", "too_many_attempts"],
}).answeredBy(async (context) => {
  const { body, origin, services } = context;
  const owner = await services.limits.attempt(origin.address, null, async () => {
    await services.operators.requireSetupLink(body.token);
    requireAcceptablePassword(body.password, body.email);
    const passwordHash = await hashPassword(body.password);
    return services.operators.setUp(body.token, { ...body, passwordHash }, origin.address);
  });
  return startedSession(await startWithLink(context, owner), context);
});

const acceptInvitation = adminRoute({
  method: "post",
  path: "/invitations/accept",
  operationId: "acceptInvitation",
  tag: TAG,
  summary: "Set name and password, with the link of an invitation",
  access: "public",
  body: z.strictObject({ token: linkTokenField, name: personNameField, password: passwordField }),
  answers: { 201: { about: "The operator's session", body: sessionSchema } },
  errors: ["link_invalid", "password_unacceptable", "too_many_attempts"],
}).answeredBy(async (context) => {
  const { body, origin, services } = context;
  const operator = await services.limits.attempt(origin.address, null, async () => {
    requireAcceptablePassword(body.password, await services.operators.emailOfInvitation(body.token));
    const passwordHash = await hashPassword(body.password);
    return services.operators.accept(body.token, { name: body.name, passwordHash }, origin.address);
  });
  return startedSession(await startWithLink(context, operator), context);
});

export const setupRoutes = [getSetup, setUp, acceptInvitation];

function startWithLink(
  { request, origin, services }: Pick<RouteContext, "request" | "origin" | "services">,
  operator: Operator,
) {
  return services.sessions.start(operator, {
    method: "link",
    address: origin.address,
    userAgent: request.headers.get("user-agent"),
    formerToken: sessionTokenOf(request),
  });
}
