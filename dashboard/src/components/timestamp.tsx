import { formatTime, formatUtc } from "../format/time.ts"

interface TimestampProps {
  /** RFC 3339. */
  readonly at: string
  /** Milliseconds since 1970: what counts as today. */
  readonly now: number
}

/** A moment in the viewer's zone, with the UTC on hover. */
export function Timestamp({ at, now }: TimestampProps) {
  return (
    <time dateTime={at} data-tip={formatUtc(at)} className="figures whitespace-nowrap">
      {formatTime(at, { now })}
    </time>
  )
}
