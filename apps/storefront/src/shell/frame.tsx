/** Header, the page, footer; and the two things that a browser does on a page load and a router must do itself: focus and scroll. */
import { useEffect, useRef } from 'react'
import { Outlet, ScrollRestoration, useLocation } from 'react-router'
import { useTexts } from '../texts/language.tsx'
import { Header } from './header.tsx'

export function Frame() {
  const texts = useTexts()
  const main = useFocusOnNavigation()
  return (
    <>
      <a className="skip" href="#content">
        {texts.shop.skip}
      </a>
      <Header />
      <main id="content" className="page" tabIndex={-1} ref={main}>
        <Outlet />
      </main>
      <footer className="footer">
        <p>{texts.shop.footer}</p>
      </footer>
      <ScrollRestoration />
    </>
  )
}

/** Moves the focus to the page after a navigation, so that keyboard and screen reader start where the new page does. */
function useFocusOnNavigation() {
  const { pathname } = useLocation()
  const main = useRef<HTMLElement>(null)
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current !== pathname) main.current?.focus({ preventScroll: true })
    before.current = pathname
  }, [pathname])
  return main
}
