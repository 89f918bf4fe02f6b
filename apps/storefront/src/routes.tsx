/** Every address of the shop. A page that breaks is replaced inside the frame, so that header and cart stay usable. */
import { Skeleton } from '@meshmart/ui'
import { lazy, Suspense } from 'react'
import type { RouteObject } from 'react-router'
import { AccountPage } from './account/account-page.tsx'
import { RegisterPage } from './account/register-page.tsx'
import { SignInPage } from './account/sign-in-page.tsx'
import { CartPage } from './cart/cart-page.tsx'
import { HomePage } from './catalogue/home-page.tsx'
import { ProductPage } from './catalogue/product-page.tsx'
import { CheckoutPage } from './checkout/checkout-page.tsx'
import { OrderPage } from './order/order-page.tsx'
import { OrdersPage } from './order/orders-page.tsx'
import { CrashedPage } from './shell/crashed-page.tsx'
import { Frame } from './shell/frame.tsx'
import { NotFoundPage } from './shell/not-found-page.tsx'

/** Customers never download it. */
const Office = lazy(async () => ({ default: (await import('./admin/office.tsx')).Office }))

export const routes: RouteObject[] = [
  {
    element: <Frame />,
    errorElement: <CrashedPage />,
    children: [
      {
        errorElement: <CrashedPage />,
        children: [
          { index: true, element: <HomePage /> },
          { path: 'products/:sku', element: <ProductPage /> },
          { path: 'cart', element: <CartPage /> },
          { path: 'checkout', element: <CheckoutPage /> },
          { path: 'orders', element: <OrdersPage /> },
          { path: 'orders/:id', element: <OrderPage /> },
          { path: 'sign-in', element: <SignInPage /> },
          { path: 'account', element: <AccountPage /> },
          { path: 'register', element: <RegisterPage /> },
          {
            path: 'admin/*',
            element: (
              <Suspense fallback={<Skeleton height="480px" />}>
                <Office />
              </Suspense>
            ),
          },
          { path: '*', element: <NotFoundPage /> },
        ],
      },
    ],
  },
]
