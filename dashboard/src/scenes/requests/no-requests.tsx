import { Link } from "@tanstack/react-router"
import { FilterX, Rows3 } from "lucide-react"
import { Button, buttonLook } from "../../components/button.tsx"
import { EmptyState } from "../../components/empty-state.tsx"
import { hasFilters, type RequestFilters } from "./request-filters.ts"

interface NoRequestsProps {
  readonly filters: RequestFilters
  readonly onClear: () => void
}

/** Why the list is empty, and what fills it. */
export function NoRequests({ filters, onClear }: NoRequestsProps) {
  if (hasFilters(filters)) {
    return (
      <EmptyState
        icon={FilterX}
        title="No request matches"
        action={<Button onClick={onClear}>Clear the filters</Button>}
      >
        Model and feature are compared as whole names. Requests that match appear here as they happen.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={Rows3}
      title="No requests yet"
      action={
        <Link to="/quickstart" className={buttonLook({ look: "primary" })}>
          Open the Quickstart
        </Link>
      }
    >
      Every call that goes through the gateway appears here within two seconds. The Quickstart has the lines to change.
    </EmptyState>
  )
}
