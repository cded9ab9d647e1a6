import { z } from "@hono/zod-openapi";
import { adminRoute } from "../route.ts";

const getOpenApi = adminRoute({
  method: "get",
  path: "/openapi.json",
  operationId: "getOpenApi",
  tag: "Getting in",
  summary: "This document",
  access: "public",
  answers: { 200: { about: "OpenAPI 3.1", encoded: z.looseObject({ openapi: z.string() }) } },
}).answeredBy(async ({ services }) => ({ status: 200, encoded: services.document() }));

export const openApiRoutes = [getOpenApi];
