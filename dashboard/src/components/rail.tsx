import { Link } from "@tanstack/react-router"
import { Search } from "lucide-react"
import { useMe } from "../hooks/use-me.ts"
import type { Theme } from "../hooks/use-theme.ts"
import { AccountMenu } from "./account-menu.tsx"
import { Brand } from "./brand.tsx"
import { pages } from "./pages.ts"

export interface NavigationProps {
  readonly theme: Theme
  readonly onTheme: (theme: Theme) => void
  readonly onSearch: () => void
}

/** The rail on the left of anything wider than a phone: where one is, and where one can go. */
export function Rail({ theme, onTheme, onSearch }: NavigationProps) {
  const { organization, project, demo } = useMe()
  return (
    <header className="flex w-52 shrink-0 flex-col gap-4 border-line border-r p-3 max-md:hidden">
      <div className="flex items-center gap-2.5 px-1 pt-1">
        <Brand className="size-7 shrink-0" />
        <div className="min-w-0">
          <p className="truncate font-semibold leading-4">{organization.name}</p>
          <p className="truncate text-ink-mute text-xs">{project.name}</p>
        </div>
        {demo && <DemoMark />}
      </div>
      <button
        type="button"
        onClick={onSearch}
        aria-keyshortcuts="Control+K Meta+K"
        className="flex h-8 items-center gap-2 rounded-md border border-line bg-surface px-2 text-ink-mute hover:bg-hover"
      >
        <Search aria-hidden className="size-4" />
        <span className="flex-1 text-left">Go to…</span>
        <kbd className="font-sans text-xs">{shortcut}</kbd>
      </button>
      <nav aria-label="Pages" className="grid gap-0.5">
        {pages.map(({ to, title, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            className="flex h-8 items-center gap-2.5 rounded-md px-2 font-medium text-ink-soft hover:bg-hover hover:text-ink aria-[current=page]:bg-selected aria-[current=page]:text-accent"
          >
            <Icon aria-hidden className="size-4" />
            {title}
          </Link>
        ))}
      </nav>
      <div className="mt-auto">
        <AccountMenu theme={theme} onTheme={onTheme} />
      </div>
    </header>
  )
}

/** Says that what is shown is not the reader's own traffic. */
export function DemoMark() {
  return (
    <span
      data-tip="This installation makes its own traffic against a simulated provider."
      className="ml-auto rounded bg-warn-soft px-1.5 font-medium text-warn text-xs"
    >
      Demo
    </span>
  )
}

const shortcut = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘K" : "Ctrl K"
