/** The demo's cards, each with what the bank will do. Choosing one fills the card fields; they stay open to change. */
import { testCards, type TestCard } from '@meshmart/contracts'
import { useTexts } from '../texts/language.tsx'
import { groupCardNumber } from './form.ts'

type TestCardChooserProps = { number: string; choose: (card: TestCard) => void }

export function TestCardChooser({ number, choose }: TestCardChooserProps) {
  const { checkout } = useTexts()
  return (
    <fieldset className="cards">
      <legend className="cards__legend">{checkout.testCards}</legend>
      <p className="field__hint">{checkout.testCardsHint}</p>
      <div className="cards__list">
        {testCards.map((card) => (
          <label className="cards__card" key={card.number}>
            <input
              type="radio"
              name="test-card"
              checked={number === groupCardNumber(card.number)}
              onChange={() => choose(card)}
            />
            <span className="cards__name">{checkout.testCard[card.behaviour].name}</span>
            <span className="cards__what">{checkout.testCard[card.behaviour].what}</span>
            <span className="cards__number tabular">…{card.number.slice(-4)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
