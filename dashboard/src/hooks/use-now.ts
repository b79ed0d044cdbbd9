import { useEffect, useState } from "react"

/** The current time in milliseconds since 1970, renewed every `everyMs` while the page shows it. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
