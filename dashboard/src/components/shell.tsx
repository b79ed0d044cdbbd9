import { useQuery } from "@tanstack/react-query"
import { Outlet } from "@tanstack/react-router"
import { lazy, Suspense, useEffect, useState } from "react"
import { isSignedOut } from "../api.ts"
import { meQuery } from "../hooks/use-me.ts"
import { useTheme } from "../hooks/use-theme.ts"
import { Brand } from "./brand.tsx"
import { Failure } from "./failure.tsx"
import { HealthBanner } from "./health-banner.tsx"
import { PhoneBar } from "./phone-bar.tsx"
import { Rail } from "./rail.tsx"
import { SignIn } from "./sign-in.tsx"
import { SkeletonRows } from "./skeleton.tsx"

const CommandPalette = lazy(async () => ({ default: (await import("./command-palette.tsx")).CommandPalette }))

/** What every page stands in. Nobody signed in: the page that says how. Nobody answering: that, and a way to try again. */
export function Shell() {
  const me = useQuery(meQuery)
  if (isSignedOut(me.error)) return <SignIn onRetry={() => void me.refetch()} isTrying={me.isFetching} />
  if (me.data) return <SignedIn />
  return (
    <main className="mx-auto grid max-w-xl gap-6 px-6 py-24">
      <Brand className="size-8" />
      <h1 className="sr-only">Sluice</h1>
      {me.error ? (
        <Failure title="The dashboard cannot be opened" error={me.error} onRetry={() => void me.refetch()} />
      ) : (
        <SkeletonRows rows={5} />
      )}
    </main>
  )
}

function SignedIn() {
  const [isPaletteOpen, setIsPaletteOpen] = useState(false)
  const [theme, setTheme] = useTheme()
  usePaletteKey(setIsPaletteOpen)
  const openPalette = () => setIsPaletteOpen(true)
  return (
    <div className="flex h-full max-md:flex-col">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 font-medium text-accent-ink focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <Rail theme={theme} onTheme={setTheme} onSearch={openPalette} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <HealthBanner />
        <main id="content" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto">
          <Outlet />
        </main>
      </div>
      <PhoneBar theme={theme} onTheme={setTheme} onSearch={openPalette} />
      {isPaletteOpen && (
        <Suspense>
          <CommandPalette onTheme={setTheme} onClose={() => setIsPaletteOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}

function usePaletteKey(setIsOpen: (change: (isOpen: boolean) => boolean) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) return
      event.preventDefault()
      setIsOpen((isOpen) => !isOpen)
    }
    document.addEventListener("keydown", onKey)
    return () => document.removeEventListener("keydown", onKey)
  }, [setIsOpen])
}
