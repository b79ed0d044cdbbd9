import type { LucideIcon } from "lucide-react"
import type { ReactNode } from "react"

interface EmptyStateProps {
  readonly icon: LucideIcon
  readonly title: string
  /** Why it is empty and what fills it. */
  readonly children: ReactNode
  readonly action?: ReactNode
  /** True where it is the whole page, and its title the page's. */
  readonly isPage?: boolean
}

/** What stands in an empty list: why it is empty, what fills it, and the way there. */
export function EmptyState({ icon: Icon, title, children, action, isPage = false }: EmptyStateProps) {
  const Heading = isPage ? "h1" : "h2"
  return (
    <div className="grid justify-items-center gap-2 px-6 py-16 text-center">
      <span className="mb-1 grid size-10 place-items-center rounded-lg border border-line bg-surface text-ink-mute">
        <Icon aria-hidden className="size-5" />
      </span>
      <Heading className="font-medium">{title}</Heading>
      <div className="max-w-md text-balance text-ink-mute">{children}</div>
      {action && <div className="mt-2">{action}</div>}
    </div>
  )
}
