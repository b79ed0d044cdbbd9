import type { LucideIcon } from "lucide-react"
import type { ReactNode } from "react"

interface EmptyStateProps {
  readonly icon: LucideIcon
  readonly title: string
  /** Why it is empty and what fills it. */
  readonly children: ReactNode
  readonly action?: ReactNode
}

/** What stands in an empty list: why it is empty, what fills it, and the way there. */
export function EmptyState({ icon: Icon, title, children, action }: EmptyStateProps) {
  return (
    <div className="grid justify-items-center gap-2 px-6 py-16 text-center">
      <span className="mb-1 grid size-10 place-items-center rounded-lg border border-line bg-surface text-ink-mute">
        <Icon aria-hidden className="size-5" />
      </span>
      <h2 className="font-medium">{title}</h2>
      <div className="max-w-md text-balance text-ink-mute">{children}</div>
      {action && <div className="mt-2">{action}</div>}
    </div>
  )
}
