import type { Period } from "@sluice/protocol/api/figures"
import { Link } from "@tanstack/react-router"
import { ChartNoAxesColumn } from "lucide-react"
import { buttonLook } from "../../components/button.tsx"
import { EmptyState } from "../../components/empty-state.tsx"
import { describePeriod } from "../../period.ts"

/** What stands where a period and the one before it had no request. */
export function NothingHappened({ period }: { readonly period: Period }) {
  return (
    <EmptyState
      icon={ChartNoAxesColumn}
      title={`No requests in the last ${describePeriod(period).words}`}
      action={
        period === "last_30d" ? (
          <Link to="/quickstart" className={buttonLook({ look: "primary" })}>
            Open the Quickstart
          </Link>
        ) : (
          <Link to="/overview" search={{ period: "last_30d" }} className={buttonLook({ look: "plain" })}>
            Show the last 30 days
          </Link>
        )
      }
    >
      Figures are reckoned once a minute, so the first ones follow a minute after the first request. The Quickstart has
      the lines that send one.
    </EmptyState>
  )
}
