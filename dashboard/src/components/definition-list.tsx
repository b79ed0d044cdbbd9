import type { ReactNode } from "react"

/** Facts in two columns: what it is called, what it is. */
export function DefinitionList({ children }: { readonly children: ReactNode }) {
  return <dl className="grid grid-cols-[8.5rem_minmax(0,1fr)] gap-x-3 gap-y-1.5">{children}</dl>
}

interface FactProps {
  readonly name: string
  readonly children: ReactNode
}

/** One fact of a `DefinitionList`. */
export function Fact({ name, children }: FactProps) {
  return (
    <>
      <dt className="text-ink-mute">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </>
  )
}
