import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/api-error.ts";
import { buttonClass } from "./button.tsx";
import classes from "./toasts.module.css";

const manager = Toast.createToastManager();

/** Says in passing that something was done. */
export function say(title: string, description = ""): void {
  manager.add({ title, description });
}

/** Says why something could not be done, for a mutation that has no place of its own to show it. */
export function sayFailed(error: unknown): void {
  const isApiError = error instanceof ApiError;
  manager.add({
    type: "error",
    priority: "high",
    title: isApiError ? error.message : String(error),
    description: isApiError ? error.hint : "",
  });
}

export function Toasts({ children }: { readonly children: ReactNode }) {
  return (
    <Toast.Provider toastManager={manager}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className={classes.viewport}>
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={classes.toast}>
      <div>
        <Toast.Title className={classes.title} />
        <Toast.Description className={classes.text} />
      </div>
      <Toast.Close className={buttonClass("quiet", true)} aria-label="Dismiss">
        <X aria-hidden />
      </Toast.Close>
    </Toast.Root>
  ));
}
