import { useQuery } from "@tanstack/react-query"
import { CircleAlert, TriangleAlert } from "lucide-react"
import { ApiError, api } from "../api.ts"
import { classNames } from "./class-names.ts"
import { describeProblems } from "./health-problems.ts"

const askEveryMs = 5000
/** Whoever waits for it to come back wants to know at once. */
const askAgainMs = 1000

/** One line per thing that is wrong with what is shown; nothing when all is well. */
export function HealthBanner() {
  const { data, error } = useQuery({
    queryKey: ["pipeline-health"],
    queryFn: ({ signal }) => api.getPipelineHealth(signal),
    refetchInterval: (query) => (query.state.error ? askAgainMs : askEveryMs),
    retry: false,
  })
  if (error) {
    // A caller who may not read the health is not told of it; everything else means that the figures stand still.
    if (error instanceof ApiError && error.status !== null && error.status < 500) return null
    return (
      <Line tone="bad">
        {error instanceof ApiError && error.status === null
          ? "Sluice's API does not answer. What is shown is as of the last answer; this page tries again by itself."
          : `The recording's health is unknown: ${error.message}`}
      </Line>
    )
  }
  return (
    data &&
    describeProblems(data).map(({ id, tone, text }) => (
      <Line key={id} tone={tone}>
        {text}
      </Line>
    ))
  )
}

function Line({ tone, children }: { readonly tone: "warn" | "bad"; readonly children: string }) {
  const Icon = tone === "warn" ? TriangleAlert : CircleAlert
  return (
    <div
      role="status"
      className={classNames(
        "flex shrink-0 gap-2 border-line border-b px-4 py-2",
        tone === "warn" ? "bg-warn-soft" : "bg-bad-soft",
      )}
    >
      <Icon aria-hidden className={classNames("mt-0.5 size-4 shrink-0", tone === "warn" ? "text-warn" : "text-bad")} />
      <p className="min-w-0">{children}</p>
    </div>
  )
}
