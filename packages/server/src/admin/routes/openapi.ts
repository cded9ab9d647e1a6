import { z } from "@hono/zod-openapi";
import { adminRoute } from "../route.ts";

const getOpenApi = adminRoute({
  method: "get",
  path: "/openapi.json",
  operationId: "getOpenApi",
  tag: "Getting in",
  summary: "This document",
  access: "public",
  answers: { 200: { about: "OpenAPI 3.1", body: z.looseObject({ openapi: z.string() }) } },
}).answeredBy(async ({ services }) => ({ status: 200, body: { openapi: "3.1.0", ...services.document() } }));

export const openApiRoutes = [getOpenApi];
