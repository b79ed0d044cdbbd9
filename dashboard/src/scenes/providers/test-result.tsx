import type { CredentialTestBody } from "@sluice/protocol/api/credentials"
import { CircleAlert, CircleCheck } from "lucide-react"
import { messageOf } from "../../components/failure.tsx"
import { formatDuration } from "../../format/duration.ts"

interface TestResultProps {
  readonly result: CredentialTestBody | undefined
  /** Why the test itself could not be made. */
  readonly error: Error | null
}

/** What the provider said to a credential. */
export function TestResult({ result, error }: TestResultProps) {
  if (error || !result) {
    return (
      <p className="mt-2 flex gap-2 text-bad">
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        The test could not be made. {messageOf(error)}
      </p>
    )
  }
  const Icon = result.ok ? CircleCheck : CircleAlert
  const status = result.status === null ? "not reached" : `status ${result.status}`
  return (
    <p className="mt-2 flex gap-2">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${result.ok ? "text-good" : "text-bad"}`} />
      <span className="min-w-0 [overflow-wrap:anywhere]">
        <span className="font-medium">{result.ok ? "Works" : "Does not work"}</span>
        <span className="figures text-ink-mute">
          {" "}
          · {status} · {formatDuration(result.latency_ms)}
        </span>
        {result.message && <span className="text-ink-soft"> · {result.message}</span>}
      </span>
    </p>
  )
}
