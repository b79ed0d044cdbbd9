import type { FailureItem } from "@sluice/protocol/api/overview"
import { Link } from "@tanstack/react-router"
import { StatusBadge } from "../../components/status-badge.tsx"
import { Timestamp } from "../../components/timestamp.tsx"
import { formatDuration } from "../../format/duration.ts"
import { useNow } from "../../hooks/use-now.ts"

/** The newest requests that failed; each opens with everything known of it. */
export function RecentFailures({ failures }: { readonly failures: readonly FailureItem[] }) {
  const now = useNow(15_000)
  return (
    <section aria-label="Recent failures" className="min-w-0 rounded-lg border border-line bg-surface">
      <div className="flex h-10 items-center justify-between px-3.5">
        <h2 className="font-medium">Recent failures</h2>
        <Link to="/requests" search={{ status: "error" }} className="text-ink-mute text-xs hover:text-accent">
          All failed requests
        </Link>
      </div>
      {failures.length === 0 ? (
        <p className="px-3.5 pb-3 text-ink-mute">No request failed in this period.</p>
      ) : (
        <ul>
          {failures.slice(0, 10).map((failure) => (
            <li key={failure.id} className="border-line border-t">
              <Link
                to="/requests/$requestId"
                params={{ requestId: failure.id }}
                search={{ status: "error" }}
                className="figures grid grid-cols-[auto_8rem_minmax(0,1.4fr)_minmax(0,1fr)_minmax(0,1fr)_4.5rem] items-center gap-x-3 px-3.5 py-1.5 -outline-offset-2 hover:bg-hover max-md:grid-cols-[auto_minmax(0,1fr)_auto]"
              >
                <StatusBadge status={failure.status} />
                <span className="text-ink-mute max-md:col-start-3 max-md:row-start-1 max-md:text-right">
                  <Timestamp at={failure.finished_at} now={now} />
                </span>
                <span className="truncate font-medium max-md:col-start-2 max-md:row-start-1">
                  {failure.error_code ?? failure.error_category ?? "failed"}
                </span>
                <span className="truncate max-md:hidden">{failure.model ?? "no model"}</span>
                <span className="truncate text-ink-mute max-md:col-span-2 max-md:col-start-2">
                  {failure.feature ?? "untagged"}
                </span>
                <span className="text-right max-md:hidden">{formatDuration(failure.latency_ms)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
