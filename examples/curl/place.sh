#!/bin/sh
# Places an order and prints its id. usage: place.sh <cart>
# The key names the wish: make it once, keep it over every retry, curl's own too. 202 says that the order is on the log.
set -eu
cart=${1:?a name for the cart, for example cart-42}
answer=$(curl -sS --retry 5 --fail-with-body "${API:?where the API is}/v1/orders" --oauth2-bearer "${KEY:?an API key}" \
  -H "Idempotency-Key: $cart" \
  --json '{"customerId":"c-17850","currency":"GBP","lines":[{"sku":"85123A","quantity":6}],"paymentToken":"tok_ok"}') ||
  { code=$?; printf '%s\n' "$answer" >&2 || :; exit $code; } # a problem document says what to do
printf '%s\n' "$answer" | sed -n 's/.*"orderId":"\([^"]*\)".*/\1/p'
