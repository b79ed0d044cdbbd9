import type { ErrorComponentProps } from "@tanstack/react-router"
import { Failure } from "./failure.tsx"

/** What stands where a page broke; the rest of the dashboard goes on. */
export function PageCrash({ error, reset }: ErrorComponentProps) {
  return <Failure className="m-6" title="This page could not be shown" error={error} onRetry={reset} />
}
