/**
 * The back office: pages for the people who work here, in a part of the program of its own that customers never download. Who may see what the gateway
 * decides at each request; what is decided here is only which page to show in its place.
 */
import { Button, buttonClass, Skeleton } from '@meshmart/ui'
import type { ReactNode } from 'react'
import { Link, Navigate, NavLink, Route, Routes, useLocation } from 'react-router'
import { useSession } from '../account/session.tsx'
import { Empty } from '../shell/empty.tsx'
import { NotFoundPage } from '../shell/not-found-page.tsx'
import { PageTitle } from '../shell/page-title.tsx'
import { DeadLettersPage } from './dead-letters/dead-letters-page.tsx'
import { MailPage } from './mails/mail-page.tsx'
import { MailsPage } from './mails/mails-page.tsx'
import { StaffOrderPage } from './orders/staff-order-page.tsx'
import { StaffOrdersPage } from './orders/staff-orders-page.tsx'
import { OverviewPage } from './overview/overview-page.tsx'
import { StaffProductPage } from './products/product-page.tsx'
import { ProductsPage } from './products/products-page.tsx'
import { SupplyPage } from './supply/supply-page.tsx'
import { useOfficeTexts } from './texts/office-texts.ts'
import './office.css'

export function Office() {
  const { office, shop } = useOfficeTexts()
  const { session } = useSession()
  const { pathname } = useLocation()
  if (session === null) return <Skeleton height="480px" />
  if (session.account === null) return <Navigate to={`/sign-in?to=${encodeURIComponent(pathname)}`} replace />
  const { role } = session.account
  if (role === 'customer') return <Refused title={office.notAllowed} hint={office.notAllowedHint} />
  const isAdmin = role === 'admin'
  return (
    <div className="office">
      <nav className="office__nav" aria-label={office.navigation}>
        <OfficeLink to="/admin" end>
          {office.pages.overview}
        </OfficeLink>
        <OfficeLink to="/admin/orders">{office.pages.orders}</OfficeLink>
        <OfficeLink to="/admin/products">{office.pages.products}</OfficeLink>
        <OfficeLink to="/admin/supply">{office.pages.supply}</OfficeLink>
        <OfficeLink to="/admin/mails">{office.pages.mails}</OfficeLink>
        {isAdmin && <OfficeLink to="/admin/dead-letters">{office.pages.deadLetters}</OfficeLink>}
        <Link className="office__back" to="/">
          {shop.failure.home}
        </Link>
      </nav>
      <div className="office__page">
        <Routes>
          <Route index element={<OverviewPage />} />
          <Route path="orders" element={<StaffOrdersPage />} />
          <Route path="orders/:id" element={<StaffOrderPage />} />
          <Route path="products" element={<ProductsPage />} />
          <Route path="products/:sku" element={<StaffProductPage />} />
          <Route path="supply" element={<SupplyPage />} />
          <Route path="mails" element={<MailsPage />} />
          <Route path="mails/:id" element={<MailPage />} />
          <Route
            path="dead-letters"
            element={isAdmin ? <DeadLettersPage /> : <Refused title={office.adminsOnly} hint={office.adminsOnlyHint} />}
          />
          <Route path="*" element={<NotFoundPage />} />
        </Routes>
      </div>
    </div>
  )
}

const OfficeLink = ({ to, end = false, children }: { to: string; end?: boolean; children: ReactNode }) => (
  <NavLink className="office__link" to={to} end={end}>
    {children}
  </NavLink>
)

function Refused({ title, hint }: { title: string; hint: string }) {
  const { office, shop } = useOfficeTexts()
  const { signOut } = useSession()
  return (
    <>
      <PageTitle>{title}</PageTitle>
      <Empty title={title} hint={hint}>
        <div className="row">
          <Button variant="quiet" onClick={() => void signOut()}>
            {office.otherAccount}
          </Button>
          <Link className={buttonClass('primary')} to="/">
            {shop.failure.home}
          </Link>
        </div>
      </Empty>
    </>
  )
}
