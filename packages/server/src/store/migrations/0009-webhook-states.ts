import type { Migration } from "../migration.ts";

/** When what receivers take for being there last came, for nodes that share the telling. */
export const webhookStates: Migration = {
  name: "0009_webhook_states",

  async up(db) {
    await db.schema.alterTable("webhook_states").addColumn("came_at", "text").execute();
  },

  async down(db) {
    await db.schema.alterTable("webhook_states").dropColumn("came_at").execute();
  },
};
