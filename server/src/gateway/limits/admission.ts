import type { LimitedSubject } from "./limited-subject.ts"
import type { Meter } from "./meter.ts"

/** What one request took of its limits, to be given back when it is over. Made only for requests that are limited. */
export class Admission {
  readonly key: LimitedSubject | null
  readonly organization: LimitedSubject | null
  /** When the request was counted; seconds, with fractions, of the gateway's monotonic clock. */
  readonly second: number
  /** The moment that is being decided in. */
  now: number
  /** Meters that count it for as long as it is open. */
  readonly open: Meter[] = []
  /** When tokens were reserved; -1 while none are. */
  tokensAt = -1
  /** Tokens reserved of each; at most the limit. */
  keyTokens = 0
  organizationTokens = 0

  constructor(key: LimitedSubject | null, organization: LimitedSubject | null, second: number) {
    this.key = key
    this.organization = organization
    this.second = second
    this.now = second
  }
}
