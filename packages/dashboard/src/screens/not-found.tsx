import { Link } from "wouter";
import { Page } from "../ui/page.tsx";

export function NotFound() {
  return (
    <Page title="There is nothing here">
      <p>
        The address may be wrong, or what it named is gone. <Link href="/">Go to the overview.</Link>
      </p>
    </Page>
  );
}
