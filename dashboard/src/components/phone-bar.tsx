import { Link } from "@tanstack/react-router"
import { Ellipsis } from "lucide-react"
import { useMe } from "../hooks/use-me.ts"
import { AccountMenu } from "./account-menu.tsx"
import { pages } from "./pages.ts"
import type { NavigationProps } from "./rail.tsx"

/** On a phone the rail is a bar at the bottom, where the thumb is. What has no room there is a tap further, in the palette. */
export function PhoneBar({ theme, onTheme, onSearch }: NavigationProps) {
  const { organization } = useMe()
  return (
    <nav
      aria-label={`Pages of ${organization.name}`}
      className="flex shrink-0 items-stretch border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {pages
        .filter(({ isOnPhoneBar }) => isOnPhoneBar)
        .map(({ to, title, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            className="grid min-w-0 flex-1 justify-items-center gap-0.5 py-2 text-ink-mute text-xs -outline-offset-2 aria-[current=page]:text-accent"
          >
            <Icon aria-hidden className="size-5" />
            {title}
          </Link>
        ))}
      <button
        type="button"
        onClick={onSearch}
        className="grid min-w-0 flex-1 justify-items-center gap-0.5 py-2 text-ink-mute text-xs -outline-offset-2"
      >
        <Ellipsis aria-hidden className="size-5" />
        More
      </button>
      <AccountMenu theme={theme} onTheme={onTheme} isCompact />
    </nav>
  )
}
