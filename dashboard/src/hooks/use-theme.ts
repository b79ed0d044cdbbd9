import { useCallback, useState } from "react"

/** `system` follows the computer; the others stay whatever it says. */
export type Theme = "system" | "light" | "dark"

const storageKey = "sluice-theme"

/** The reader's choice of theme, kept in this browser. `public/theme.js` applies it before the first paint. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(readTheme)
  const choose = useCallback((chosen: Theme) => {
    if (chosen === "system") delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = chosen
    keepTheme(chosen)
    setTheme(chosen)
  }, [])
  return [theme, choose]
}

function readTheme(): Theme {
  const applied = document.documentElement.dataset.theme
  return applied === "light" || applied === "dark" ? applied : "system"
}

function keepTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(storageKey)
    else localStorage.setItem(storageKey, theme)
  } catch {
    // A browser that forbids storage still has the theme until the page is left.
  }
}
