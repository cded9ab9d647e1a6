import { Eye, EyeOff } from "lucide-react";
import { useUpdateApp } from "../../api/apps.ts";
import { isAtLeast, useSession } from "../../api/session.ts";
import { useSettings } from "../../api/settings.ts";
import { Button } from "../../ui/button.tsx";
import { sayFailed } from "../../ui/toasts.tsx";
import classes from "./console.module.css";

/** Whether the data of events is shown, which everybody who looks should know, and the switch for it. */
export function PayloadNote({ appId }: { readonly appId: string }) {
  const settings = useSettings(appId).data?.items;
  const update = useUpdateApp(appId);
  const role = useSession().data?.principal.role;
  const setting = settings?.find(({ name }) => name === "console_payloads");
  if (!setting) return null;
  const isShown = setting.effective === true;
  const turn = () =>
    update.mutate({ settings: { console_payloads: isShown ? null : true } }, { onError: sayFailed });
  const Icon = isShown ? Eye : EyeOff;
  return (
    <div className={classes.payloads} data-shown={isShown}>
      <Icon aria-hidden />
      <p>
        {isShown
          ? "The data of events is shown to whoever may open this page. Values whose names sound confidential are hidden, and encrypted channels stay so."
          : "The data of events is not shown, only its size."}
      </p>
      {isAtLeast(role, "operator") && (
        <Button small disabled={update.isPending} onClick={turn}>
          {isShown ? "Hide data" : "Show data"}
        </Button>
      )}
    </div>
  );
}
