import { useEffect } from 'preact/hooks';
import icon from '../../dashboard/page/icon.svg';
import { count } from '../../dashboard/page/format.ts';
import { address, followLinks, go } from '../../dashboard/page/router.ts';
import { cartIsStuck, pieces } from './cart.ts';
import { CartPage } from './cart-page.tsx';
import { formText } from './form-text.ts';
import { OrderPage } from './order-page.tsx';
import { Fault, Loading } from './parts.tsx';
import { type Place, placeOf } from './paths.ts';
import { none } from './none.ts';
import { ProductPage } from './product-page.tsx';
import { SearchPage } from './search-page.tsx';
import { enter, type Shopper, shopFault, shopper } from './visitor.ts';

followLinks((path) => placeOf(path) !== null);

const titles = { search: 'Products', product: 'Product', cart: 'Cart', order: 'Order' } as const;

/** The bar with the search and the cart, and the shopper's page. */
export function App() {
  useEffect(() => void enter(), []);
  const place = placeOf(address.value.path);
  const title = place ? titles[place.page] : 'Not found';
  useEffect(() => {
    document.title = `${title} · Millrace demo shop`;
  }, [title]);
  const who = shopper.value;
  return (
    <>
      <a class="skip" href="#main">
        Skip to the shop
      </a>
      <header class="bar">
        <a class="brand" href="/shop">
          <img src={icon} alt="" width="24" height="24" /> Demo shop
        </a>
        <Search />
        <nav aria-label="Shop">
          <a href="/shop/cart" aria-current={place?.page === 'cart' ? 'page' : undefined}>
            Cart ({count(pieces.value)})
          </a>
          <a href="/">Dashboard</a>
        </nav>
      </header>
      <p class="status">A demonstration: nothing is sent to anybody and no real money moves.</p>
      <main id="main" tabIndex={-1}>
        {cartIsStuck.value ? (
          <p class="card" role="alert" id="browser-is-full">
            <strong>Your cart stays as it was.</strong> This browser keeps no more for this site: allow it
            more, or shop in another browser.
          </p>
        ) : null}
        {who && place ? <PageOf place={place} shopper={who} /> : null}
        {place ? null : (
          <p class="empty">
            <strong>There is no such page.</strong> <a href="/shop">All products</a>
          </p>
        )}
        {!who && shopFault.value ? <Fault problem={shopFault.value} onRetry={() => void enter()} /> : null}
        {!who && !shopFault.value ? <Loading what="the shop" /> : null}
      </main>
    </>
  );
}

function Search() {
  const words = address.value.query.get('q') ?? '';
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    const asked = formText(new FormData(event.currentTarget as HTMLFormElement), 'q');
    go(asked === '' ? '/shop' : `/shop?${new URLSearchParams({ q: asked })}`);
  };
  return (
    <form class="search" role="search" onSubmit={onSubmit}>
      <label class="hidden" for="q">
        Search products
      </label>
      <input
        id="q"
        name="q"
        type="search"
        maxLength={200}
        placeholder="heart, mug, lantern …"
        key={words}
        defaultValue={words}
      />
      <button type="submit">Search</button>
    </form>
  );
}

function PageOf({ place, shopper: who }: { place: Place; shopper: Shopper }) {
  switch (place.page) {
    case 'search':
      return <SearchPage shopper={who} />;
    case 'product':
      return <ProductPage key={place.sku} shopper={who} sku={place.sku} />;
    case 'cart':
      return <CartPage shopper={who} />;
    case 'order':
      return <OrderPage key={place.orderId} shopper={who} orderId={place.orderId} />;
    default:
      return none(place);
  }
}
