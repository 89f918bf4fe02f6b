import './strict-csp.ts'
import '@meshmart/ui/fonts.css'
import '@meshmart/ui/tokens.css'
import '@meshmart/ui/base.css'
import '@meshmart/ui/parts.css'
import './shell/shell.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createBrowserRouter } from 'react-router'
import { RouterProvider } from 'react-router/dom'
import { SessionProvider } from './account/session.tsx'
import { CartProvider } from './cart/cart.tsx'
import { routes } from './routes.tsx'
import { Announcer } from './shell/announcer.tsx'
import { LanguageProvider } from './texts/language.tsx'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element #root')

createRoot(root).render(
  <StrictMode>
    <LanguageProvider>
      <Announcer>
        <SessionProvider>
          <CartProvider>
            <RouterProvider router={createBrowserRouter(routes)} />
          </CartProvider>
        </SessionProvider>
      </Announcer>
    </LanguageProvider>
  </StrictMode>,
)
