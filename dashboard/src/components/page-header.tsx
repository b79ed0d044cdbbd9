import { type ReactNode, useEffect, useRef } from "react"
import { useTitle } from "../hooks/use-title.ts"

interface PageHeaderProps {
  readonly title: string
  readonly children?: ReactNode
  /** Buttons, on the right. */
  readonly actions?: ReactNode
}

/** A page's name, what it is for, and what can be done on it. Takes the focus, so that a new page is read from its top. */
export function PageHeader({ title, children, actions }: PageHeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useTitle(title)
  useEffect(() => {
    // The first page of a visit keeps the focus where the browser put it: the skip link comes first.
    if (document.activeElement !== document.body) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 ref={heading} tabIndex={-1} className="font-semibold text-lg tracking-tight">
          {title}
        </h1>
        {children && <p className="max-w-prose text-ink-mute">{children}</p>}
      </div>
      {actions}
    </header>
  )
}
