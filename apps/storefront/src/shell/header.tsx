/** The way to everywhere: the shop, my orders, the account, the language, the cart. */
import { languages, type Language } from '@meshmart/contracts'
import { BagIcon } from '@meshmart/ui'
import { Link, NavLink } from 'react-router'
import { AccountLinks } from '../account/account-links.tsx'
import { useCart } from '../cart/cart.tsx'
import { countOf } from '../cart/items.ts'
import { useLanguage } from '../texts/language.tsx'

/** A language is offered in its own words, whatever the page is written in. */
const ownNames: Record<Language, { short: string; full: string }> = {
  en: { short: 'EN', full: 'English' },
  'zh-CN': { short: '中文', full: '简体中文' },
}

export function Header() {
  const { texts } = useLanguage()
  const { cart } = useCart()
  const count = countOf(cart)
  return (
    <header className="header">
      <div className="header__inner">
        <Link className="brand" to="/" aria-label={texts.shop.home}>
          Meshmart
        </Link>
        <nav className="header__nav" aria-label={texts.shop.navigation}>
          <NavLink className="header__link" to="/orders">
            {texts.shop.myOrders}
          </NavLink>
          <AccountLinks />
          <NavLink className="header__link" to="/cart">
            <BagIcon />
            {texts.shop.cart}
            {count > 0 && (
              <span className="header__count tabular" aria-hidden="true">
                {count}
              </span>
            )}
            <span className="visually-hidden">{texts.shop.cartCount(count)}</span>
          </NavLink>
        </nav>
        <LanguageSwitch />
      </div>
    </header>
  )
}

function LanguageSwitch() {
  const { language, texts, choose } = useLanguage()
  return (
    <div className="languages" role="group" aria-label={texts.shop.language}>
      {languages.map((each) => (
        <button
          key={each}
          type="button"
          lang={each}
          title={ownNames[each].full}
          aria-pressed={each === language}
          onClick={() => choose(each)}
        >
          {ownNames[each].short}
        </button>
      ))}
    </div>
  )
}
