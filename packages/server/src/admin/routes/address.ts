import { z } from "@hono/zod-openapi";
import { adminRoute } from "../route.ts";
import { requireLive } from "./apps-require.ts";

const getAddress = adminRoute({
  method: "get",
  path: "/address",
  operationId: "getAddress",
  tag: "Live",
  summary: "Say where clients connect to",
  access: { role: "viewer", scope: "apps:read" },
  answers: {
    200: {
      about: "What is known of it",
      body: z.object({
        public_url: z.string().nullable().openapi({
          description: "The origin of `public_url`; null where that is not configured",
          example: "https://realtime.example.com",
        }),
        port: z.int().openapi({ description: "That this server listens on for clients", example: 6001 }),
        is_admin_port: z
          .boolean()
          .openapi({ description: "Whether the admin API is on the same port", example: true }),
      }),
    },
  },
  errors: ["server_not_running"],
}).answeredBy(async ({ services }) => {
  const { publicUrl, port, isAdminPort } = requireLive(services).clientsAt();
  return { status: 200, body: { public_url: publicUrl, port, is_admin_port: isAdminPort } };
});

export const addressRoutes = [getAddress];
