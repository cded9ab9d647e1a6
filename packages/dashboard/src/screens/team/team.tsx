import { useMay } from "../../api/session.ts";
import { Page } from "../../ui/page.tsx";
import { Operators } from "./operators.tsx";
import { Password } from "./password.tsx";
import { Sessions } from "./sessions.tsx";
import { Tokens } from "./tokens.tsx";

/** Who may use this server's dashboard and admin API. Owners see everybody, the others themselves. */
export function Team() {
  const isOwner = useMay("owner");
  return (
    <Page
      title="Team and tokens"
      lead={
        isOwner
          ? "People log in here; tokens are for programs that use the admin API."
          : "Your own log-ins. Who else may do what is up to the owners."
      }
    >
      {isOwner && <Operators />}
      {isOwner && <Tokens />}
      <Sessions />
      <Password />
    </Page>
  );
}
