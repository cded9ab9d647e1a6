/** The load generator, a process of its own: `bun load/main.ts '{"target":...,"job":...}'` prints the outcome as JSON. */
import type { Job, Outcome, Target } from "../job.ts";
import { runAuthorize } from "./authorize.ts";
import { runChurn } from "./churn.ts";
import { runConnect } from "./connect.ts";
import { runFlow } from "./flow.ts";
import { runSlowConsumer } from "./slow-consumer.ts";

const { target, job }: { readonly target: Target; readonly job: Job } = JSON.parse(process.argv[2] ?? "{}");
try {
  console.log(JSON.stringify(await run(target, job)));
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

function run(target: Target, job: Job): Promise<Outcome> {
  switch (job.kind) {
    case "flow":
      return runFlow(target, job);
    case "connect":
      return runConnect(target, job);
    case "authorize":
      return runAuthorize(target, job);
    case "slow consumer":
      return runSlowConsumer(target, job);
    case "churn":
      return runChurn(target, job);
  }
}
