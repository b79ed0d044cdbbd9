interface UnknownProps {
  /** Why it is not known, as a sentence. */
  readonly because: string
}

/** What stands where nothing is known: a dash, never a zero, with the reason on hover and for screen readers. */
export function Unknown({ because }: UnknownProps) {
  return (
    <span data-tip={because} className="text-ink-mute">
      <span aria-hidden>–</span>
      <span className="sr-only">unknown: {because}</span>
    </span>
  )
}
