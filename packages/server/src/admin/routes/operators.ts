import { z } from "@hono/zod-openapi";
import { AdminError } from "../admin-errors.ts";
import { listOf, pageOf, pageQuery } from "../lists.ts";
import type { OneTimeLink, Operator } from "../operators/operator-store.ts";
import { type Principal, ROLES, type Role, roleReaches } from "../principal.ts";
import { adminRoute } from "../route.ts";
import type { AdminServices } from "../services.ts";
import { emailField, personNameField } from "./session-schema.ts";

const TAG = "Operators";

export const operatorSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string().openapi({ description: "Empty until the invitation was accepted" }),
    role: z.enum(ROLES),
    state: z.enum(["invited", "active"]),
    has_password: z.boolean(),
    created_at: z.iso.datetime(),
    seen_at: z.iso.datetime().nullable().openapi({ description: "The last log-in" }),
  })
  .openapi("Operator");

export const invitationSchema = z
  .object({
    operator: operatorSchema,
    link: z.object({
      url: z.string().openapi({ description: "Good once; pass it on in private, it is not shown again" }),
      token: z.string(),
      expires_at: z.iso.datetime(),
    }),
  })
  .openapi("Invitation");

const operatorParams = z.object({ operator_id: z.string() });

const listOperators = adminRoute({
  method: "get",
  path: "/operators",
  operationId: "listOperators",
  tag: TAG,
  summary: "List the operators",
  access: { role: "owner", scope: "operators:write" },
  query: pageQuery,
  answers: { 200: { about: "The newest first", body: listOf(operatorSchema) } },
}).answeredBy(async ({ query, services }) => {
  const found = await services.operators.list({ before: query.cursor, limit: query.limit + 1 });
  return { status: 200, body: pageOf(found.map(operatorBody), query.limit, ({ id }) => id) };
});

const inviteOperator = adminRoute({
  method: "post",
  path: "/operators",
  operationId: "inviteOperator",
  tag: TAG,
  summary: "Invite somebody",
  access: { role: "owner", scope: "operators:write", reauthenticate: true },
  body: z.strictObject({ email: emailField, role: z.enum(ROLES) }),
  answers: { 201: { about: "The operator to be, and the link that lets them in", body: invitationSchema } },
  errors: ["operator_exists", "grants_more"],
}).answeredBy(async ({ body, principal, by, services }) => {
  requireReach(principal, body.role);
  const { operator, link } = await services.operators.invite(body, by);
  return { status: 201, body: invitationBody(operator, link, services) };
});

const renewInvitation = adminRoute({
  method: "post",
  path: "/operators/{operator_id}/invitation",
  operationId: "renewInvitation",
  tag: TAG,
  summary: "Make a new link, for an invitation or a password that was lost",
  description:
    "The former link is void. Whoever uses the new one sets a new password, which ends the operator's sessions.",
  access: { role: "owner", scope: "operators:write", reauthenticate: true },
  params: operatorParams,
  answers: { 201: { about: "The operator and the new link", body: invitationSchema } },
  errors: ["operator_not_found"],
}).answeredBy(async ({ params, by, services }) => {
  const { operator, link } = await services.operators.renewInvitation(params.operator_id, by);
  return { status: 201, body: invitationBody(operator, link, services) };
});

const updateOperator = adminRoute({
  method: "patch",
  path: "/operators/{operator_id}",
  operationId: "updateOperator",
  tag: TAG,
  summary: "Change an operator's name or role",
  description: "Open sessions have the new role at once.",
  access: { role: "owner", scope: "operators:write", reauthenticate: true },
  params: operatorParams,
  body: z.strictObject({ name: personNameField.optional(), role: z.enum(ROLES).optional() }),
  answers: { 200: { about: "The operator as they are now", body: operatorSchema } },
  errors: ["operator_not_found", "last_owner", "grants_more"],
}).answeredBy(async ({ params, body, principal, by, services }) => {
  if (body.role) requireReach(principal, body.role);
  const operator = await services.operators.change(params.operator_id, body, by);
  return { status: 200, body: operatorBody(operator) };
});

const removeOperator = adminRoute({
  method: "delete",
  path: "/operators/{operator_id}",
  operationId: "removeOperator",
  tag: TAG,
  summary: "Remove an operator",
  description: "Ends their sessions at once. Tokens that they made stay.",
  access: { role: "owner", scope: "operators:write", reauthenticate: true },
  params: operatorParams,
  answers: { 204: { about: "Removed" } },
  errors: ["operator_not_found", "last_owner"],
}).answeredBy(async ({ params, by, services }) => {
  await services.operators.remove(params.operator_id, by);
  return { status: 204 };
});

export const operatorRoutes = [
  listOperators,
  inviteOperator,
  renewInvitation,
  updateOperator,
  removeOperator,
];

function requireReach(principal: Principal, role: Role): void {
  if (!roleReaches(principal.role, role)) throw new AdminError("grants_more");
}

function operatorBody(operator: Operator): z.input<typeof operatorSchema> {
  return {
    id: operator.id,
    email: operator.email,
    name: operator.name,
    role: operator.role,
    state: operator.isInvited ? "invited" : "active",
    has_password: operator.hasPassword,
    created_at: operator.createdAt,
    seen_at: operator.seenAt,
  };
}

function invitationBody(operator: Operator, { token, expiresAt }: OneTimeLink, { url }: AdminServices) {
  return {
    operator: operatorBody(operator),
    link: { url: `${url()}/dashboard/invitation#token=${token}`, token, expires_at: expiresAt },
  };
}
