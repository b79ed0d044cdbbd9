import type { RequestBody } from "@sluice/protocol/api/requests"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { CircleAlert, CircleCheck } from "lucide-react"
import { api } from "../../api.ts"
import { buttonLook } from "../../components/button.tsx"
import { classNames } from "../../components/class-names.ts"
import { Failure } from "../../components/failure.tsx"
import { Timestamp } from "../../components/timestamp.tsx"
import { useNow } from "../../hooks/use-now.ts"

const lookEveryMs = 1000

/** Waits for the first request and lights up when it comes. */
export function Arrival() {
  const { data, error, refetch } = useQuery({
    queryKey: ["requests", "latest"],
    queryFn: ({ signal }) => api.listRequests({ limit: 1 }, signal),
    refetchInterval: lookEveryMs,
  })
  const latest = data?.data[0]
  return (
    <div role="status">
      {latest ? <Arrived request={latest} /> : error ? null : <Waiting />}
      {error && !latest && (
        <Failure title="It is unknown whether a request came" error={error} onRetry={() => void refetch()} />
      )}
    </div>
  )
}

function Waiting() {
  return (
    <div className="flex items-center gap-3 rounded-lg border border-line border-dashed px-4 py-3">
      <span aria-hidden className="size-2.5 shrink-0 animate-pulse-soft rounded-full bg-line-strong" />
      <p className="text-ink-soft">Waiting for the first request. This lights up by itself when it arrives.</p>
    </div>
  )
}

function Arrived({ request }: { readonly request: RequestBody }) {
  const now = useNow(60_000)
  const isFine = request.status < 400
  const Icon = isFine ? CircleCheck : CircleAlert
  return (
    <div
      key={request.id}
      className={classNames(
        "flex animate-arrive flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-line px-4 py-3",
        isFine ? "bg-good-soft" : "bg-bad-soft",
      )}
    >
      <Icon aria-hidden className={classNames("size-5 shrink-0", isFine ? "text-good" : "text-bad")} />
      <p className="min-w-0 flex-1 basis-60">
        <span className="font-medium">
          {isFine ? "Requests arrive." : `Requests arrive, and the last was answered ${request.status}.`}
        </span>{" "}
        <span className="text-ink-soft">
          {request.model_actual ?? request.model_requested ?? request.endpoint}
          {request.error_code && `, ${request.error_code}`}, <Timestamp at={request.started_at} now={now} />
        </span>
      </p>
      <Link to="/requests/$requestId" params={{ requestId: request.id }} className={buttonLook()}>
        {isFine ? "See the request" : "See why"}
      </Link>
    </div>
  )
}
